package luna.sender.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A position in the history of an account: the last event that a client has.
 *
 * <p>Shape: the text is {@code {epoch}-{number}-{millis}-{sequence}-{index}}. Clients treat it as
 * opaque. Without an index, it is the end of the entry. All characters are allowed in a URL.
 *
 * <p>Order: {@link #compareTo} orders the positions of one epoch. A history that was emptied or
 * restored continues with another epoch, whose positions cannot be compared.
 *
 * @param epoch identifies this run of the history; lower-case hexadecimal
 * @param number counts the entries of the epoch without gaps, from 1; 0 is before the first
 * @param millis the first half of the entry's ID in the Redis stream: its time since 1970
 * @param sequence the second half of the ID
 * @param index the event within the entry's payload, from 0; {@link #END} for all of them
 */
public record Position(String epoch, long number, long millis, long sequence, int index)
    implements Comparable<Position> {
  /** The index after the last event of an entry. */
  public static final int END = Integer.MAX_VALUE;

  private static final int LIMIT = 120;

  /** Returns the position of a text, or null if it is not one. */
  public static @Nullable Position parse(String text) {
    if (text.length() > LIMIT) {
      return null;
    }
    int[] dashes = new int[4];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      if (c == '-' && count < dashes.length) {
        dashes[count++] = i;
      } else if (!digit && !(count == 0 && c >= 'a' && c <= 'f')) {
        return null;
      }
    }
    if (count < 3 || dashes[0] == 0) {
      return null;
    }
    int end = count == 3 ? text.length() : dashes[3];
    try {
      return new Position(
          text.substring(0, dashes[0]),
          Long.parseLong(text, dashes[0] + 1, dashes[1], 10),
          Long.parseLong(text, dashes[1] + 1, dashes[2], 10),
          Long.parseLong(text, dashes[2] + 1, end, 10),
          count == 3 ? END : Integer.parseInt(text, dashes[3] + 1, text.length(), 10));
    } catch (NumberFormatException empty) {
      return null;
    }
  }

  /** Returns the position of an event of this entry. */
  public Position at(int event) {
    return new Position(epoch, number, millis, sequence, event);
  }

  /** Returns the end of this entry. */
  public Position end() {
    return index == END ? this : at(END);
  }

  /** Returns the entry's ID in the Redis stream. */
  public String id() {
    return millis + "-" + sequence;
  }

  /** Returns whether both positions belong to the same entry. */
  public boolean isSameEntry(Position other) {
    return epoch.equals(other.epoch)
        && number == other.number
        && millis == other.millis
        && sequence == other.sequence;
  }

  /**
   * Compares two positions of one epoch.
   *
   * @throws IllegalArgumentException if the epochs differ
   */
  @Override
  public int compareTo(Position other) {
    if (!epoch.equals(other.epoch)) {
      throw new IllegalArgumentException(
          "epoch: " + other.epoch + " (expected: " + epoch + ", as in the other position)");
    }
    return number == other.number
        ? Integer.compare(index, other.index)
        : Long.compare(number, other.number);
  }

  /**
   * Returns the end of a frame with this position: the key {@code position} and the closing brace.
   * It replaces the closing brace of the frame's JSON object.
   */
  public byte[] frameEnd() {
    return (",\"position\":\"" + this + "\"}").getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    String entry = epoch + "-" + number + "-" + millis + "-" + sequence;
    return index == END ? entry : entry + "-" + index;
  }
}
