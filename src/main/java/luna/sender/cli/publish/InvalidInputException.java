package luna.sender.cli.publish;

/**
 * Signals that the input cannot be published.
 *
 * <p>Shape: the message contains the source, the line, and the path in the JSON.
 */
public final class InvalidInputException extends Exception {
  private static final long serialVersionUID = 1;

  InvalidInputException(String source, int line, String text) {
    super(source + ": line " + line + ": " + text);
  }

  InvalidInputException(String source, String text) {
    super(source + ": " + text);
  }
}
