package luna.sender.socket;

import io.netty.buffer.ByteBuf;

/**
 * Validates UTF-8 incrementally: a character may be split between two frames.
 *
 * <p>How: the state within a character is one {@code int}, so an incomplete message needs no
 * object. It encodes how many bytes must follow, and the bounds of the next byte.
 *
 * <p>Source: RFC 3629 section 4; RFC 6455 sections 5.6 and 8.1.
 */
final class Utf8Validator {
  /** The state between two characters, and at the start. */
  static final int WHOLE = 0;

  static final int MALFORMED = -1;

  private Utf8Validator() {}

  /**
   * Returns the state after these bytes, starting from {@code state}; {@link #MALFORMED} if they
   * cannot be UTF-8.
   */
  static int after(int state, ByteBuf bytes, int start, int end) {
    int now = state;
    for (int i = start; i < end && now != MALFORMED; i++) {
      int next = bytes.getByte(i) & 0xFF;
      if (now != WHOLE) {
        now = continuation(now, next);
      } else if (next >= 0x80) {
        now = first(next);
      }
    }
    return now;
  }

  private static int first(int lead) {
    if (lead < 0xC2 || lead > 0xF4) {
      return MALFORMED;
    }
    if (lead < 0xE0) {
      return expect(1, 0x80, 0xBF);
    }
    // The bounds exclude overlong forms, surrogates and code points above 10FFFF.
    return switch (lead) {
      case 0xE0 -> expect(2, 0xA0, 0xBF);
      case 0xED -> expect(2, 0x80, 0x9F);
      case 0xF0 -> expect(3, 0x90, 0xBF);
      case 0xF4 -> expect(3, 0x80, 0x8F);
      default -> expect(lead < 0xF0 ? 2 : 3, 0x80, 0xBF);
    };
  }

  private static int continuation(int state, int next) {
    int left = (state >> 16) - 1;
    if (next < (state >> 8 & 0xFF) || next > (state & 0xFF)) {
      return MALFORMED;
    }
    return left == 0 ? WHOLE : expect(left, 0x80, 0xBF);
  }

  private static int expect(int count, int lowest, int highest) {
    return count << 16 | lowest << 8 | highest;
  }
}
