package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.time.Instant;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;

/**
 * Reads a gap that a recorder has written into a history.
 *
 * <p>Shape: two times in milliseconds since 1970, separated by a space.
 */
public final class RecordedGap {
  private RecordedGap() {}

  /**
   * Returns the gap of a text.
   *
   * @param otherwise both times if the text is not readable
   */
  public static Gap parse(byte[] text, Instant otherwise, SteadyClock clock) {
    String times = new String(text, US_ASCII);
    int space = times.indexOf(' ');
    Instant from = otherwise;
    Instant to = otherwise;
    try {
      if (space > 0) {
        from = Instant.ofEpochMilli(Long.parseLong(times, 0, space, 10));
        to = Instant.ofEpochMilli(Long.parseLong(times, space + 1, times.length(), 10));
      }
    } catch (NumberFormatException unreadable) {
      from = otherwise;
      to = otherwise;
    }
    DualTimestamp begin = clock.at(from);
    long length = Math.max(0, Duration.between(from, to).toNanos());
    return new Gap(
        begin, new DualTimestamp(to, begin.nanos() + length), Gap.Cause.HISTORY_LOST, Gap.UNKNOWN);
  }
}
