package luna.sender.cli.bench;

/** Why a run could not begin, in the user's words. */
public final class BenchException extends Exception {
  BenchException(String message) {
    super(message);
  }
}
