package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * An interval in which events of an account may have been lost before they reached its clients.
 * {@link Cause} lists all origins of gaps.
 *
 * <p>Shape: its text is one JSON object, schema {@code GapMessage} in {@code openapi.yaml}.
 *
 * <p>Units: both times are of this node's clock as it was set when the gap began, even if it has
 * been set since. Events that were published before {@code from} or after {@code to} are not
 * affected. Some events in between may have been delivered.
 *
 * @param end treated as {@code begin} if it is earlier than {@code begin}
 * @param dropped how many events were dropped, or {@link #UNKNOWN} if they never reached this node
 */
public record Gap(DualTimestamp begin, DualTimestamp end, Cause cause, long dropped)
    implements StreamItem {
  public static final long UNKNOWN = -1;

  /**
   * Why events may be missing. Clients and metrics see the lower-case name.
   *
   * <p>See: where each kind of gap begins, and how it reaches the clients.
   *
   * <ul>
   *   <li>Redis: {@code bridge.RedisLink} (a closed connection; an unanswered probe, in {@code
   *       tick}), {@code bridge.Canary} (a missing canary), {@code bridge.FeedReplies} (a
   *       subscription that Redis has ended), {@code bridge.MasterHandover} (a former master). All
   *       go through {@code bridge.Feed}, and {@code bridge.GapReporter} reports them for each
   *       account.
   *   <li>Overload: {@code socket.LoadShedder}.
   *   <li>Internal error: {@code bridge.GapReporter.payloadFailed}, {@code
   *       socket.EventDelivery.reportMissed} and {@code socket.RoundRobinScheduler}.
   *   <li>History: {@code socket.ReplayMessages}, for the client that continues there.
   *   <li>Slow client: {@code socket.FrameQueue}, for that client only.
   *   <li>To clients: {@code socket.EventDelivery.sendGap}, then {@code
   *       socket.OutboundQueue.sendGap}. Metrics, log and {@code /healthcheck}: {@code
   *       metrics.GapLedger}, except gaps of slow clients.
   * </ul>
   */
  public enum Cause {
    /**
     * Redis closed the connection: it stopped, a Sentinel demoted it, or it disconnected a slow
     * reader.
     */
    REDIS_CLOSED,
    /** The connection to Redis broke. */
    REDIS_LOST,
    /** Redis did not answer in time, or the network lost the answer. */
    REDIS_SILENT,
    /** The connection answered probes, but did not deliver a canary. */
    CANARY_LOST,
    /** Redis rejected the subscription, or moved it to another node. */
    SUBSCRIPTION_LOST,
    /** Events were shed: they arrived faster than this node could deliver them. */
    OVERLOAD,
    /** An internal error of this service prevented the delivery. */
    FAULT,
    /** No recorder received the events, so the history does not have them. */
    HISTORY_LOST,
    /** The history no longer has the events, or the client's position is unknown. */
    HISTORY_TRIMMED,
    /** The client read too slowly, and had selected {@code drop_oldest} or {@code latest}. */
    SLOW;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private int rank() {
      return this == SLOW ? 0 : this == OVERLOAD ? 1 : 2;
    }
  }

  /**
   * Returns one gap that covers this gap and a later one. {@code dropped} is the sum if both
   * numbers are known and the causes are equal, else {@link #UNKNOWN}. The cause is the one with
   * the highest priority: causes of Redis and internal errors, then {@code overload}, then {@code
   * slow}. If both have the same priority, it is the cause of this gap.
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

  /** Returns the end of the gap, never earlier than {@link #from}. */
  public Instant to() {
    return begin.endAt(end);
  }

  /** Returns the payload of its text frame. */
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

  /** Truncates a time to milliseconds; its text is then RFC 3339 in UTC. */
  private static Instant millis(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
