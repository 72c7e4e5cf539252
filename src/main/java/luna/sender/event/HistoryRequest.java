package luna.sender.event;

import java.time.Instant;
import java.util.Locale;

/**
 * A request for a part of an account's history.
 *
 * <p>Shape: a request to {@link BusAddresses#history}; the reply is a {@link HistoryPage}.
 *
 * <p>Errors: the request fails with {@link #UNAVAILABLE} if Redis does not answer, and with {@link
 * #BUSY} if too many requests wait. Without history, no one serves the address.
 *
 * @param account lower-case UUID
 */
public record HistoryRequest(String account, Range range) {
  /** Failure code: Redis did not answer. */
  public static final int UNAVAILABLE = 1;

  /** Failure code: too many requests wait. */
  public static final int BUSY = 2;

  /** The part of the history. */
  public sealed interface Range {}

  /** The events after a position, in order. */
  public record After(Position position) implements Range {}

  /** The events from a time on, in order. */
  public record Since(Instant time) implements Range {}

  /**
   * The events after the newest one with this id, in order. If there is none, the outcome is {@link
   * HistoryPage.Outcome#EXPIRED}.
   *
   * @param eventId a UUID; upper and lower case are equal
   */
  public record AfterEvent(String eventId) implements Range {
    public AfterEvent {
      eventId = eventId.toLowerCase(Locale.ROOT);
    }
  }

  /** The newest entries before an entry; the page has them in order. */
  public record Before(Position position) implements Range {
    /** Returns the range of the newest entries: no entry has the number after the head's yet. */
    public static Before newest(Position head) {
      return new Before(
          new Position(head.epoch(), head.number() + 1, head.millis() + 1, 0, Position.END));
    }
  }

  /** No events, only the newest position. */
  public record Head() implements Range {}
}
