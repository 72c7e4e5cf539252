package luna.sender.publish;

import java.io.IOException;

/** Redis did not take a payload; the text is its own. */
public final class PublishFailure extends IOException {
  private static final long serialVersionUID = 1;

  PublishFailure(String text) {
    super(text);
  }
}
