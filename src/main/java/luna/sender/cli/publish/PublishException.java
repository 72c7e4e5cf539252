package luna.sender.cli.publish;

import java.io.IOException;

/** Redis did not take a payload; the text is its own. */
public final class PublishException extends IOException {
  private static final long serialVersionUID = 1;

  PublishException(String text) {
    super(text);
  }
}
