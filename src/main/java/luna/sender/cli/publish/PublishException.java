package luna.sender.cli.publish;

import java.io.IOException;

/** Signals that Redis rejected a payload. The message is from Redis. */
public final class PublishException extends IOException {
  private static final long serialVersionUID = 1;

  PublishException(String text) {
    super(text);
  }
}
