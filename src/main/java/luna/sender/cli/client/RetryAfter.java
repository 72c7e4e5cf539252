package luna.sender.cli.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Parses the header {@code Retry-After}.
 *
 * <p>Source: RFC 9110 section 10.2.3.
 */
public final class RetryAfter {
  private RetryAfter() {}

  /**
   * Parses the value, in seconds or as a date. Returns null if it is missing or malformed.
   *
   * @param now the time from which a date counts
   */
  public static @Nullable Duration parse(@Nullable String header, Instant now) {
    if (header == null) {
      return null;
    }
    if (header.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(header));
    }
    try {
      Duration until =
          Duration.between(
              now, ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return until.isNegative() ? Duration.ZERO : until;
    } catch (DateTimeException unreadable) {
      return null;
    }
  }
}
