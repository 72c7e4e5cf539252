package luna.sender.bench;

/** Why a run could not begin, in the user's words. */
public final class BenchFailure extends Exception {
  BenchFailure(String message) {
    super(message);
  }
}
