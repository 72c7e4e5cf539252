package luna.sender.socket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A direct implementation of the RFC on all bytes of a client: what a service that ignores messages
 * must answer.
 *
 * <p>Shape: the first byte and the payload of each frame in hex; then "end" if the service closes
 * the connection.
 *
 * <p>Owner: immutable after construction.
 *
 * <p>Source: RFC 6455 sections 5 and 7; RFC 7692 sections 6 and 7.2.
 */
final class NaiveFrames {
  /** Any valid prefix of a character becomes a character with one of these appended. */
  private static final List<byte[]> CONTINUATIONS =
      Stream.of("80", "bf", "8080", "bf80", "808080", "bf8080")
          .map(HexFormat.of()::parseHex)
          .toList();

  private static final int PROTOCOL = 1002;
  private static final int INVALID = 1007;
  private static final int TOO_BIG = 1009;

  private final ByteBuffer in;
  private final boolean deflate;
  private final int limit;
  private final List<String> sent = new ArrayList<>();

  /** The current message. */
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();

  private boolean open;
  private boolean text;
  private boolean deflated;

  /** The code of the service's own close frame; 0 for none. */
  private int failed;

  /** Whether 1007 is equally correct, for a close frame with two faults. */
  private boolean either;

  NaiveFrames(byte[] bytes, boolean deflate, int limit) {
    this.in = ByteBuffer.wrap(bytes);
    this.deflate = deflate;
    this.limit = limit;
    while (failed == 0 && frame()) {
      // Continues with the next frame.
    }
    if (failed != 0) {
      sent.add("88%04x".formatted(failed));
    }
  }

  /**
   * Returns whether the answer is correct. After a close frame of the service, a client's close
   * frame may or may not end the connection.
   */
  boolean allows(List<String> actual) {
    if (either && actual.contains("88%04x".formatted(INVALID))) {
      sent.set(sent.size() - 1, "88%04x".formatted(INVALID));
    }
    return actual.equals(sent)
        || (failed != 0
            && actual.size() == sent.size() + 1
            && actual.get(sent.size()).equals("end")
            && actual.subList(0, sent.size()).equals(sent));
  }

  /** Reads one frame. Returns false if it is incomplete or the last one. */
  private boolean frame() {
    if (in.remaining() < 2) {
      return false;
    }
    int first = in.get() & 0xFF;
    int second = in.get() & 0xFF;
    int opcode = first & 0xF;
    boolean last = (first & 0x80) != 0;
    int rsv = first & 0x70;
    boolean control = opcode >= 8;
    boolean begins = opcode == 1 || opcode == 2;
    if ((rsv != 0 && !deflate)
        || (second & 0x80) == 0
        || (opcode > 2 && opcode < 8)
        || opcode > 10
        || (control && (!last || (second & 0x7F) > 125))
        || (opcode == 8 && (second & 0x7F) == 1)
        || (opcode == 0 && !open)
        || (begins && open)) {
      return fail(PROTOCOL);
    }
    long length = second & 0x7F;
    int more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (in.remaining() < more) {
      return false;
    }
    if (more == 2) {
      length = in.getShort() & 0xFFFF;
    } else if (more == 8) {
      length = in.getLong();
    }
    if (length < (more == 2 ? 126 : more == 8 ? 0x10000 : 0)) {
      return fail(PROTOCOL);
    }
    if (length > limit) {
      return fail(TOO_BIG);
    }
    if (in.remaining() < 4 + length) {
      return false;
    }
    byte[] mask = new byte[4];
    in.get(mask);
    byte[] payload = new byte[(int) length];
    in.get(payload);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i % 4];
    }
    if (opcode == 8) {
      return close(payload, rsv);
    }
    if (rsv != 0 && (rsv != 0x40 || !begins)) {
      // The message state is no longer relevant.
      return fail(PROTOCOL);
    }
    if (opcode == 9) {
      sent.add("8a" + hex(payload));
    } else if (!control) {
      data(opcode, last, rsv != 0, payload);
    }
    return true;
  }

  private boolean close(byte[] payload, int rsv) {
    int code = payload.length == 0 ? 1000 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
    boolean allowed =
        (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006))
            || (code >= 3000 && code < 5000);
    boolean utf8 =
        payload.length <= 2 || isText(Arrays.copyOfRange(payload, 2, payload.length), true);
    if (!allowed || rsv != 0) {
      either = !utf8;
      return fail(PROTOCOL);
    }
    if (!utf8) {
      return fail(INVALID);
    }
    sent.add("88" + hex(Arrays.copyOf(payload, Math.min(2, payload.length))));
    sent.add("end");
    return false;
  }

  private void data(int opcode, boolean last, boolean compressed, byte[] payload) {
    if (opcode != 0) {
      message.reset();
      text = opcode == 1;
      deflated = compressed;
    }
    open = !last;
    message.writeBytes(payload);
    if (message.size() > limit) {
      fail(TOO_BIG);
    } else if (deflated) {
      if (last) {
        inflate();
      }
    } else if (text && !isText(message.toByteArray(), last)) {
      fail(INVALID);
    }
  }

  private void inflate() {
    message.writeBytes(new byte[] {0, 0, -1, -1});
    Inflater inflater = new Inflater(true);
    inflater.setInput(message.toByteArray());
    byte[] inflated = new byte[limit + 1];
    int length = 0;
    try {
      int step;
      do {
        step = inflater.inflate(inflated, length, inflated.length - length);
        length += step;
      } while (step > 0 && length <= limit);
      if (text && !isText(Arrays.copyOf(inflated, length), length <= limit)) {
        fail(INVALID);
      } else if (length > limit) {
        fail(TOO_BIG);
      }
    } catch (DataFormatException notDeflated) {
      fail(INVALID);
    } finally {
      inflater.end();
    }
  }

  /**
   * @param whole whether the text must not end within a character
   */
  private static boolean isText(byte[] bytes, boolean whole) {
    return decodes(bytes)
        || (!whole && CONTINUATIONS.stream().anyMatch(more -> decodes(bytes, more)));
  }

  private static boolean decodes(byte[] bytes, byte... more) {
    ByteBuffer all = ByteBuffer.allocate(bytes.length + more.length).put(bytes).put(more).flip();
    try {
      StandardCharsets.UTF_8.newDecoder().decode(all);
      return true;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  private boolean fail(int code) {
    failed = code;
    return false;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public String toString() {
    return sent.toString();
  }
}
