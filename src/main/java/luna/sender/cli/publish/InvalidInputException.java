package luna.sender.cli.publish;

/**
 * What is read cannot be published.
 *
 * <p>Shape: the text names the source, the line, and where in the JSON it is.
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
