package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import luna.sender.event.Event;
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
  /** The answer to an offer that fits. */
  static final String ANSWER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

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

  /** Whether one of the offers in {@code Sec-WebSocket-Extensions} is one that this can keep. */
  static boolean fits(String offers) {
    return Arrays.stream(offers.split(",")).anyMatch(Deflate::fitsOne);
  }

  private static boolean fitsOne(String offer) {
    String[] parts = offer.split(";", -1);
    Set<String> names = new HashSet<>();
    if (!parts[0].trim().equalsIgnoreCase("permessage-deflate")) {
      return false;
    }
    return Arrays.stream(parts)
        .skip(1)
        .allMatch(
            part -> {
              String[] pair = part.trim().split("=", 2);
              String name = pair[0].trim().toLowerCase(Locale.ROOT);
              String value = pair.length < 2 ? null : pair[1].trim().replace("\"", "");
              return names.add(name) && fits(name, value);
            });
  }

  private static boolean fits(String name, @Nullable String value) {
    return switch (name) {
      case "server_no_context_takeover", "client_no_context_takeover" -> value == null;
      case "client_max_window_bits" -> value == null || value.matches("[89]|1[0-5]");
      // Java's deflater has no smaller window.
      case "server_max_window_bits" -> "15".equals(value);
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
    int utf8 = Utf8Check.WHOLE;
    int step;
    do {
      step =
          inflater.inflate(inflated, 0, Math.min(inflated.length, inboundLimitBytes + 1 - length));
      length += step;
      utf8 = text ? Utf8Check.after(utf8, inflatedText, 0, step) : Utf8Check.WHOLE;
    } while (step > 0 && length <= inboundLimitBytes);
    // Of a message over the limit the end is not known, nor needed.
    if (utf8 == Utf8Check.MALFORMED || (utf8 != Utf8Check.WHOLE && length <= inboundLimitBytes)) {
      throw new DataFormatException("not UTF-8");
    }
    return length;
  }
}
