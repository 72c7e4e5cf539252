package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * A message of a live channel: an entry of the history, with its position.
 *
 * <p>Shape: the position, a line feed, and the payload; or the position, a line feed, {@code #} and
 * the times of a gap.
 *
 * @param text the payload, or the times of the gap
 */
record LiveMessage(Position position, byte[] text, boolean gap) {
  /** The maximum length of a position. */
  private static final int LIMIT = 120;

  /** Returns the message, or null if it has no position. */
  static @Nullable LiveMessage parse(byte[] message) {
    int end = 0;
    while (end < message.length && end < LIMIT && message[end] != '\n') {
      end++;
    }
    if (end == message.length || message[end] != '\n') {
      return null;
    }
    Position position = Position.parse(new String(message, 0, end, US_ASCII));
    if (position == null) {
      return null;
    }
    int start = end + 1;
    boolean gap = start < message.length && message[start] == '#';
    return new LiveMessage(
        position, Arrays.copyOfRange(message, gap ? start + 1 : start, message.length), gap);
  }
}
