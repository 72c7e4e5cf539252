package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * The extension permessage-deflate, shared by all clients of an event loop.
 *
 * <p>How: neither side keeps its compression context between messages. So an event is compressed
 * once for all clients, and a client needs no memory for compression; with a context it would need
 * tens of kB.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 7692 section 7.
 */
final class Deflate {
  /** The answer to an acceptable offer, without the window size that the offer may request. */
  static final String ANSWER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  private static final String SERVER_WINDOW = "server_max_window_bits";
  private static final Set<String> WINDOWS = Set.of("8", "9", "10", "11", "12", "13", "14", "15");

  /** The end of a sync flush, which is not sent (7.2.1). */
  private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

  private final Deflater deflater;
  private final Inflater inflater = new Inflater(true);
  private final byte[] inflated = new byte[4096];
  private final ByteBuf inflatedText = Unpooled.wrappedBuffer(inflated);
  private final int inboundLimitBytes;

  /**
   * @param level from 1 (fastest) to 9 (smallest)
   * @param inboundLimitBytes the limit for an inflated message
   */
  Deflate(int level, int inboundLimitBytes) {
    this.deflater = new Deflater(level, true);
    this.inboundLimitBytes = inboundLimitBytes;
  }

  /**
   * Returns the answer to the first acceptable offer, or null if there is none.
   *
   * @param lines all lines of {@code Sec-WebSocket-Extensions}
   */
  static @Nullable String answer(List<String> lines) {
    List<String> offers = FieldValue.list(lines);
    if (offers != null) {
      for (String offer : offers) {
        Map<String, String> parameters = parameters(offer);
        if (parameters != null) {
          // An offer that requests a window is answered with one (7.1.2.1).
          String window = parameters.get(SERVER_WINDOW);
          return window == null ? ANSWER : ANSWER + "; " + SERVER_WINDOW + "=" + window;
        }
      }
    }
    return null;
  }

  /** Returns the parameters of an offer, or null if it is not acceptable. */
  private static @Nullable Map<String, String> parameters(String offer) {
    List<String> parts = FieldValue.split(offer, ';');
    // No value contains a semicolon, so more semicolons than parts mean a malformed offer.
    if (parts == null
        || parts.size() != 1 + offer.chars().filter(c -> c == ';').count()
        || !parts.get(0).equalsIgnoreCase("permessage-deflate")) {
      return null;
    }
    List<String> rest = parts.subList(1, parts.size());
    Map<String, String> parameters = FieldValue.parameters(rest);
    return parameters != null && rest.stream().allMatch(Deflate::isAcceptable) ? parameters : null;
  }

  private static boolean isAcceptable(String part) {
    int equals = part.indexOf('=');
    String name = (equals < 0 ? part : part.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
    String value = equals < 0 ? null : FieldValue.unquote(part.substring(equals + 1).strip());
    return switch (name) {
      case "server_no_context_takeover", "client_no_context_takeover" -> equals < 0;
      case "client_max_window_bits" -> equals < 0 || WINDOWS.contains(String.valueOf(value));
      // Java's deflater supports no smaller window.
      case SERVER_WINDOW -> "15".equals(value);
      default -> false;
    };
  }

  /**
   * Returns the event's compressed frame, or null if it would not be smaller than the plain frame.
   */
  @Nullable ByteBuf frame(EventText event) {
    ByteBuf text = Unpooled.buffer(event.bytes());
    event.writeTo(text);
    ByteBuffer target = ByteBuffer.allocate(event.bytes());
    deflater.reset();
    deflater.setInput(text.array(), 0, event.bytes());
    deflater.deflate(target, Deflater.SYNC_FLUSH);
    int length = target.position() - TAIL.length;
    // If the target is full, the output may be incomplete.
    if (!target.hasRemaining() || length <= 0) {
      return null;
    }
    return Framing.header(Framing.TEXT | Framing.DEFLATED, length)
        .writeBytes(target.array(), 0, length);
  }

  /**
   * Returns the inflated length of a client's message. Stops at one byte over the limit.
   *
   * @throws DataFormatException if the message does not inflate, or if it is a text message that is
   *     not UTF-8
   */
  int inflatedBytes(ByteBuf message, boolean text) throws DataFormatException {
    byte[] bytes = new byte[message.readableBytes() + TAIL.length];
    message.getBytes(message.readerIndex(), bytes, 0, message.readableBytes());
    System.arraycopy(TAIL, 0, bytes, message.readableBytes(), TAIL.length);
    inflater.reset();
    inflater.setInput(bytes);
    int length = 0;
    int utf8 = Utf8Validator.WHOLE;
    int step;
    do {
      step =
          inflater.inflate(inflated, 0, Math.min(inflated.length, inboundLimitBytes + 1 - length));
      length += step;
      utf8 = text ? Utf8Validator.after(utf8, inflatedText, 0, step) : Utf8Validator.WHOLE;
    } while (step > 0 && length <= inboundLimitBytes);
    // If the message is over the limit, its end is unknown and irrelevant.
    if (utf8 == Utf8Validator.MALFORMED
        || (utf8 != Utf8Validator.WHOLE && length <= inboundLimitBytes)) {
      throw new DataFormatException("not UTF-8");
    }
    return length;
  }
}
