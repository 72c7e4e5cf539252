package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import luna.sender.event.Event;

/**
 * The text of an event's frame.
 *
 * <p>Shape: for a client with {@code positions=1}, the event's text with one more key at its end,
 * {@code position}; otherwise the event's text. Schema {@code EventMessage} in {@code
 * openapi.yaml}.
 *
 * @param end replaces the last byte of the event's text, unless it is empty
 */
record EventText(Event event, byte[] end) {
  private static final byte[] NONE = {};

  /** The length of a position's key and quotes, and of a position. */
  private static final int END_LIMIT_BYTES = 128 + 16;

  static EventText of(Event event, FrameForm form) {
    byte[] end = form.hasPosition() ? event.frameEnd() : null;
    return new EventText(event, end == null ? NONE : end);
  }

  /** Returns the maximum length of an event's text in any form. */
  static int limitBytes(Event event) {
    return event.textBytes() + (event.position() == null ? 0 : END_LIMIT_BYTES);
  }

  int bytes() {
    return event.textBytes() + Math.max(0, end.length - 1);
  }

  void writeTo(ByteBuf target) {
    event.writeText(target);
    if (end.length > 0) {
      target.writerIndex(target.writerIndex() - 1).writeBytes(end);
    }
  }
}
