package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * A time in which events of an account may have been lost before they came to its clients.
 *
 * <p>Shape: as text one JSON object, schema {@code GapMessage} in {@code openapi.yaml}.
 *
 * <p>Units: the times are of this node's clock, as it was set when the gap began. What was
 * published before {@code from} or after {@code to} is not in the gap; between them some may have
 * come all the same.
 *
 * <p>Owner: immutable.
 *
 * @param end counts as {@code begin} if it is before it
 * @param dropped how many events were dropped, or {@link #UNKNOWN} where they never came here
 */
public record Gap(Moment begin, Moment end, Cause cause, long dropped) implements StreamItem {
  public static final long UNKNOWN = -1;

  /** Why events may be missing. The lower-case name is what clients and metrics see. */
  public enum Cause {
    /**
     * Redis ended the connection: it stopped, a Sentinel demoted it, or it cut a reader that was
     * too far behind.
     */
    REDIS_CLOSED,
    /** The connection to Redis broke. */
    REDIS_LOST,
    /** Redis, or the network before it, did not answer in time. */
    REDIS_SILENT,
    /** The connection answered, but a message of our own did not come through it. */
    CANARY_LOST,
    /** Redis refused the subscription, or moved it to another node. */
    SUBSCRIPTION_LOST,
    /** More events came than this node could hand on. */
    OVERLOAD,
    /** A fault of this service kept events from clients. */
    FAULT,
    /** The client read too slowly, and asked for the newest rather than for all. */
    SLOW;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private int rank() {
      return this == SLOW ? 0 : this == OVERLOAD ? 1 : 2;
    }
  }

  /**
   * One gap for this one and a later one. It covers the time of both, and its number is known if
   * both have the same cause and are known. Of two causes it names the one that says least of what
   * is missing: one of Redis before {@code overload}, {@code overload} before {@code slow}; of two
   * of Redis, the earlier.
   */
  public Gap merge(Gap later) {
    boolean known = cause == later.cause && dropped != UNKNOWN && later.dropped != UNKNOWN;
    return new Gap(
        begin.orEarlier(later.begin),
        end.orLater(later.end),
        later.cause.rank() > cause.rank() ? later.cause : cause,
        known ? dropped + later.dropped : UNKNOWN);
  }

  public Instant from() {
    return begin.time();
  }

  /** Not before {@link #from}. */
  public Instant to() {
    return begin.endAt(end);
  }

  /** The payload of its text frame. */
  public byte[] text() {
    String text =
        "{\"gap\":{\"from\":\"%s\",\"to\":\"%s\",\"cause\":\"%s\",\"dropped\":%s}}"
            .formatted(
                millis(from()),
                millis(to()),
                cause.label(),
                dropped == UNKNOWN ? "null" : Long.toString(dropped));
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** RFC 3339 in UTC, to the millisecond. */
  private static Instant millis(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
