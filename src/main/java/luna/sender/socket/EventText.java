package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * The text of an event's frame.
 *
 * <p>Shape: for a client with {@code positions=1}, the event's text with one more key at its end,
 * {@code position}; otherwise the event's text. Schema {@code EventMessage} in {@code
 * openapi.yaml}.
 *
 * @param position its value; null without the key
 */
record EventText(Event event, byte @Nullable [] position) {
  private static final byte[] KEY = ",\"position\":\"".getBytes(US_ASCII);
  private static final byte[] END = "\"}".getBytes(US_ASCII);

  /** The length of a position's key and quotes, and of a position. */
  private static final int END_LIMIT_BYTES = 128 + 16;

  static EventText of(Event event, FrameForm form) {
    return new EventText(event, form.hasPosition() ? event.resumeText() : null);
  }

  /** Returns the maximum length of an event's text in any form. */
  static int limitBytes(Event event) {
    return event.textBytes() + (event.position() == null ? 0 : END_LIMIT_BYTES);
  }

  int bytes() {
    int added = position == null ? 0 : KEY.length + position.length + END.length - 1;
    return event.textBytes() + added;
  }

  void writeTo(ByteBuf target) {
    event.writeText(target);
    if (position != null) {
      // In place of the closing brace.
      target.writerIndex(target.writerIndex() - 1);
      target.writeBytes(KEY).writeBytes(position).writeBytes(END);
    }
  }
}
