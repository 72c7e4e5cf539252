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
import luna.sender.event.Event;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * The extension permessage-deflate, for all clients of an event loop at once.
 *
 * <p>Shape: neither side takes its context over to the next message. So a deflated event is the
 * same for every client and is made once, and a client costs no memory for it, where it usually is
 * tens of kB.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 7692 section 7.
 */
final class Deflate {
  /** The answer to an offer that fits, but for the window that it may ask for. */
  static final String ANSWER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  private static final String SERVER_WINDOW = "server_max_window_bits";
  private static final Set<String> WINDOWS = Set.of("8", "9", "10", "11", "12", "13", "14", "15");

  /** A sync flush ends with these, and a message goes without them (7.2.1). */
  private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

  private final Deflater deflater;
  private final Inflater inflater = new Inflater(true);
  private final byte[] inflated = new byte[4096];
  private final ByteBuf inflatedText = Unpooled.wrappedBuffer(inflated);
  private final int inboundLimitBytes;

  /**
   * @param level 1, fast, to 9, small
   * @param inboundLimitBytes of a message, inflated
   */
  Deflate(int level, int inboundLimitBytes) {
    this.deflater = new Deflater(level, true);
    this.inboundLimitBytes = inboundLimitBytes;
  }

  /**
   * The answer to the first of the offers that this can keep, or null if there is none.
   *
   * @param lines all lines of {@code Sec-WebSocket-Extensions}
   */
  static @Nullable String answer(List<String> lines) {
    List<String> offers = FieldValue.list(lines);
    if (offers != null) {
      for (String offer : offers) {
        Map<String, String> parameters = parameters(offer);
        if (parameters != null) {
          // Who asks for a window is answered with one (7.1.2.1).
          String window = parameters.get(SERVER_WINDOW);
          return window == null ? ANSWER : ANSWER + "; " + SERVER_WINDOW + "=" + window;
        }
      }
    }
    return null;
  }

  /** The parameters of an offer that this can keep, or null. */
  private static @Nullable Map<String, String> parameters(String offer) {
    List<String> parts = FieldValue.split(offer, ';');
    // No value has a semicolon, so that there are more of them is malformed.
    if (parts == null
        || parts.size() != 1 + offer.chars().filter(c -> c == ';').count()
        || !parts.get(0).equalsIgnoreCase("permessage-deflate")) {
      return null;
    }
    List<String> rest = parts.subList(1, parts.size());
    Map<String, String> parameters = FieldValue.parameters(rest);
    return parameters != null && rest.stream().allMatch(Deflate::fits) ? parameters : null;
  }

  private static boolean fits(String part) {
    int equals = part.indexOf('=');
    String name = (equals < 0 ? part : part.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
    String value = equals < 0 ? null : FieldValue.unquote(part.substring(equals + 1).strip());
    return switch (name) {
      case "server_no_context_takeover", "client_no_context_takeover" -> equals < 0;
      case "client_max_window_bits" -> equals < 0 || WINDOWS.contains(String.valueOf(value));
      // Java's deflater has no smaller window.
      case SERVER_WINDOW -> "15".equals(value);
      default -> false;
    };
  }

  /** The event's frame, or null if it would be no smaller than a plain one. */
  @Nullable ByteBuf frame(Event event) {
    ByteBuf text = Unpooled.buffer(event.textBytes());
    event.writeText(text);
    ByteBuffer target = ByteBuffer.allocate(event.textBytes());
    deflater.reset();
    deflater.setInput(text.array(), 0, event.textBytes());
    deflater.deflate(target, Deflater.SYNC_FLUSH);
    int length = target.position() - TAIL.length;
    // A full target may not hold all of it.
    if (!target.hasRemaining() || length <= 0) {
      return null;
    }
    return Framing.header(Framing.TEXT | Framing.DEFLATED, length)
        .writeBytes(target.array(), 0, length);
  }

  /**
   * How long a client's message is, inflated; at most one byte more than the limit, whatever it
   * would have become.
   *
   * @throws DataFormatException if it is not deflated, or should be text and is not UTF-8
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
    // Of a message over the limit the end is not known, nor needed.
    if (utf8 == Utf8Validator.MALFORMED
        || (utf8 != Utf8Validator.WHOLE && length <= inboundLimitBytes)) {
      throw new DataFormatException("not UTF-8");
    }
    return length;
  }
}
