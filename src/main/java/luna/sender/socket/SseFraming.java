package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ByteProcessor;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.event.Event;
import luna.sender.event.Position;

/**
 * Encodes events and messages as Server-Sent Events.
 *
 * <p>Shape: an event is {@code id: position} and {@code data: frame}, without the id if there is no
 * history. Any other message is {@code event: name} and {@code data: frame}, where the name is the
 * only key of the frame's object. A frame has several {@code data} lines if its whitespace has line
 * breaks; the client joins them with a line feed.
 *
 * <p>Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
final class SseFraming {
  private static final byte[] ID = ascii("id: ");
  private static final byte[] NAME = ascii("event: ");
  private static final byte[] DATA = ascii("data: ");
  private static final byte[] LINE_AND_DATA = ascii("\ndata: ");
  private static final byte[] END = ascii("\n\n");
  private static final String POSITION = "position";

  /** What an event of one line has beside its text and its position. */
  private static final int EVENT_BYTES = ID.length + 1 + DATA.length + END.length;

  private static final int RETRY_MIN_MILLIS = 1000;
  private static final int RETRY_MAX_MILLIS = 5000;

  private SseFraming() {}

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /**
   * Returns an event; the caller releases it.
   *
   * @param hasId whether it has the event's position as its id
   */
  static ByteBuf event(Event event, boolean hasId) {
    Position position = event.resumePosition();
    byte[] id = hasId && position != null ? ascii(position.toString()) : null;
    int idBytes = id == null ? 0 : id.length;
    ByteBuf frame = Unpooled.directBuffer(EVENT_BYTES + idBytes + event.textBytes());
    try {
      if (id != null) {
        frame.writeBytes(ID).writeBytes(id).writeByte('\n');
      }
      frame.writeBytes(DATA);
      int start = frame.writerIndex();
      event.writeText(frame);
      boolean oneLine = nextBreak(frame, start) < 0;
      ByteBuf written = oneLine ? frame : split(frame, start);
      return written.writeBytes(END);
    } catch (Throwable fault) {
      frame.release();
      throw fault;
    }
  }

  private static int nextBreak(ByteBuf text, int from) {
    return text.forEachByte(from, text.writerIndex() - from, ByteProcessor.FIND_CRLF);
  }

  /** Returns a copy with a {@code data} line for each line of the text, and releases the frame. */
  private static ByteBuf split(ByteBuf frame, int textStart) {
    ByteBuf lines = Unpooled.buffer(2 * frame.writerIndex());
    lines.writeBytes(frame, 0, textStart);
    int start = textStart;
    for (int end = nextBreak(frame, start); end >= 0; end = nextBreak(frame, start)) {
      lines.writeBytes(frame, start, end - start).writeBytes(LINE_AND_DATA);
      boolean pair =
          frame.getByte(end) == '\r'
              && end + 1 < frame.writerIndex()
              && frame.getByte(end + 1) == '\n';
      start = end + (pair ? 2 : 1);
    }
    lines.writeBytes(frame, start, frame.writerIndex() - start);
    // A direct buffer of the exact size, as all frames that may be queued.
    ByteBuf exact = Unpooled.directBuffer(lines.readableBytes() + END.length).writeBytes(lines);
    frame.release();
    return exact;
  }

  /** Returns a message that is not an event; the caller releases it. */
  static ByteBuf message(byte[] text) {
    String name = name(text);
    if (name.equals(POSITION)) {
      // An event without data: the client stores the id and reports nothing.
      int valueStart = POSITION.length() + 5;
      ByteBuf frame = Unpooled.directBuffer(ID.length + text.length + END.length);
      return frame
          .writeBytes(ID)
          .writeBytes(text, valueStart, text.length - valueStart - 2)
          .writeBytes(END);
    }
    byte[] nameBytes = ascii(name);
    return Unpooled.directBuffer(
            NAME.length + nameBytes.length + LINE_AND_DATA.length + text.length + END.length)
        .writeBytes(NAME)
        .writeBytes(nameBytes)
        .writeBytes(LINE_AND_DATA)
        .writeBytes(text)
        .writeBytes(END);
  }

  /** Returns the first key of an object. */
  private static String name(byte[] object) {
    int end = 2;
    while (object[end] != '"') {
      end++;
    }
    return new String(object, 2, end - 2, US_ASCII);
  }

  /** Returns the message before the end of a stream, and a new time to wait before a retry. */
  static ByteBuf close(int code, String reason) {
    String text = "event: close\ndata: {\"code\":%d,\"reason\":\"%s\"}\n\n".formatted(code, reason);
    return Unpooled.copiedBuffer(retry() + text, US_ASCII);
  }

  /** Returns a comment, which clients ignore. */
  static ByteBuf comment() {
    return Unpooled.copiedBuffer(":\n\n", US_ASCII);
  }

  /** Returns how long clients wait before they reconnect, with jitter. */
  static String retry() {
    return "retry: "
        + ThreadLocalRandom.current().nextInt(RETRY_MIN_MILLIS, RETRY_MAX_MILLIS)
        + "\n\n";
  }
}
