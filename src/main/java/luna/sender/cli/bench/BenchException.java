package luna.sender.cli.bench;

/** Signals that a run could not start. The message is for the user. */
public final class BenchException extends Exception {
  BenchException(String message) {
    super(message);
  }
}
