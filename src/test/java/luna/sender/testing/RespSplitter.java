package luna.sender.testing;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits what a Redis server sends into replies and push messages. A read of a socket ends at any
 * byte, so its bytes can end within a reply.
 *
 * <p>Shape: RESP3, one character per byte.
 *
 * <p>Owner: one event loop.
 */
final class RespSplitter {
  private static final int INCOMPLETE = -1;

  private final StringBuilder bytes = new StringBuilder();

  /** Returns the replies that end within these bytes, from their first byte on. */
  List<String> add(String read) {
    bytes.append(read);
    List<String> replies = new ArrayList<>();
    int start = 0;
    for (int end = end(0); end != INCOMPLETE; end = end(start)) {
      replies.add(bytes.substring(start, end));
      start = end;
    }
    bytes.delete(0, start);
    return replies;
  }

  /** Returns the end of the value that begins here, or {@link #INCOMPLETE}. */
  private int end(int start) {
    int line = bytes.indexOf("\r\n", start);
    if (line < 0) {
      return INCOMPLETE;
    }
    return switch (bytes.charAt(start)) {
      case '$', '=', '!' -> endOfBulk(line + 2, length(start, line));
      case '*', '>', '~' -> endOfAll(line + 2, length(start, line));
      case '%' -> endOfAll(line + 2, 2 * length(start, line));
      case '|' -> endOfAll(line + 2, 2 * length(start, line) + 1);
      default -> line + 2;
    };
  }

  private int length(int start, int line) {
    return Integer.parseInt(bytes, start + 1, line, 10);
  }

  private int endOfBulk(int start, int length) {
    int end = length < 0 ? start : start + length + 2;
    return end <= bytes.length() ? end : INCOMPLETE;
  }

  private int endOfAll(int start, int values) {
    int end = start;
    for (int i = 0; i < values && end != INCOMPLETE; i++) {
      end = end(end);
    }
    return end;
  }
}
