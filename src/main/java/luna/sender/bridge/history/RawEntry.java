package luna.sender.bridge.history;

import io.vertx.redis.client.Response;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a stream as Redis has it.
 *
 * <p>Shape: the field {@code n} is the number; {@code p} is a payload, {@code g} a gap.
 *
 * @param number counts the entries of the epoch, from 1
 * @param millis the first half of the ID
 * @param sequence the second half of the ID
 * @param text the payload, or the two times of the gap
 */
record RawEntry(long number, long millis, long sequence, byte[] text, boolean gap) {
  /** Memory of an entry besides its text. */
  private static final int COST_BYTES = 200;

  /** No entry has a higher second half of its ID. */
  private static final int HIGHEST_SEQUENCE = Integer.MAX_VALUE;

  /** Returns the entry, or null if it is not one of a history. */
  static @Nullable RawEntry of(Response entry) {
    String id = entry.get(0).toString();
    int dash = id.indexOf('-');
    Response fields = entry.get(1);
    long number = -1;
    byte[] text = null;
    boolean gap = false;
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      switch (fields.get(i).toString()) {
        case "n" -> number = fields.get(i + 1).toLong();
        case "p" -> text = fields.get(i + 1).toBytes();
        case "g" -> {
          text = fields.get(i + 1).toBytes();
          gap = true;
        }
        default -> {
          // A later version may add fields.
        }
      }
    }
    return number < 0 || text == null
        ? null
        : new RawEntry(
            number,
            Long.parseLong(id, 0, dash, 10),
            Long.parseLong(id, dash + 1, id.length(), 10),
            text,
            gap);
  }

  String id() {
    return millis + "-" + sequence;
  }

  boolean isAt(Position position) {
    return number == position.number()
        && millis == position.millis()
        && sequence == position.sequence();
  }

  /** Returns the end of this entry. */
  Position position(String epoch) {
    return new Position(epoch, number, millis, sequence, Position.END);
  }

  /**
   * Returns the position directly before this entry. It is seldom that of the previous entry, whose
   * ID is not known here.
   */
  Position before(String epoch) {
    return sequence > 0
        ? new Position(epoch, number - 1, millis, sequence - 1, Position.END)
        : new Position(epoch, number - 1, Math.max(0, millis - 1), HIGHEST_SEQUENCE, Position.END);
  }

  int bytes() {
    return text.length + COST_BYTES;
  }
}
