package luna.sender.socket;

import io.netty.buffer.ByteBuf;

/**
 * Says whether bytes are UTF-8 so far, piece by piece: a character may be cut between two frames.
 *
 * <p>Shape: what is left of a character is one int, so that a message that is under way costs its
 * client no object. It holds how many bytes are due, and between which bounds the next must be.
 *
 * <p>Source: RFC 3629 section 4; RFC 6455 sections 5.6 and 8.1.
 */
final class Utf8Validator {
  /** Before the first character, and behind each whole one. */
  static final int WHOLE = 0;

  static final int MALFORMED = -1;

  private Utf8Validator() {}

  /** Goes on from {@code state}; {@link #MALFORMED} if no text goes on so. */
  static int after(int state, ByteBuf bytes, int start, int end) {
    int now = state;
    for (int i = start; i < end && now != MALFORMED; i++) {
      int next = bytes.getByte(i) & 0xFF;
      if (now != WHOLE) {
        now = following(now, next);
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
      return due(1, 0x80, 0xBF);
    }
    // The bounds keep out what has a shorter form, halves of surrogate pairs, and more than 10FFFF.
    return switch (lead) {
      case 0xE0 -> due(2, 0xA0, 0xBF);
      case 0xED -> due(2, 0x80, 0x9F);
      case 0xF0 -> due(3, 0x90, 0xBF);
      case 0xF4 -> due(3, 0x80, 0x8F);
      default -> due(lead < 0xF0 ? 2 : 3, 0x80, 0xBF);
    };
  }

  private static int following(int state, int next) {
    int left = (state >> 16) - 1;
    if (next < (state >> 8 & 0xFF) || next > (state & 0xFF)) {
      return MALFORMED;
    }
    return left == 0 ? WHOLE : due(left, 0x80, 0xBF);
  }

  private static int due(int count, int lowest, int highest) {
    return count << 16 | lowest << 8 | highest;
  }
}
