package luna.sender.publish;

/**
 * What is read cannot be published.
 *
 * <p>Shape: the text names the source, the line, and where in the JSON it is.
 */
public final class BadInput extends Exception {
  private static final long serialVersionUID = 1;

  BadInput(String source, int line, String text) {
    super(source + ": line " + line + ": " + text);
  }

  BadInput(String source, String text) {
    super(source + ": " + text);
  }
}
