package luna.sender.cli.tail;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * What follows from a close code, or from an answer that is not 101.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: the tables of close codes and of answers in {@code openapi.yaml}.
 *
 * @param next what to do
 * @param exitCode for the end of the process, if it ends here or may not connect again
 * @param hint what the user can do about it; empty = nothing
 */
record ReconnectDecision(Next next, int exitCode, String hint) {
  /** What to do. */
  enum Next {
    /** Connect again after a pause. */
    AGAIN,
    /** Connect again with a new token, if there is one. */
    NEW_TOKEN,
    /** It would be the same again. */
    STOP
  }

  static ReconnectDecision ofClose(int code) {
    return switch (code) {
      case 1002, 1003, 1007, 1008, 1009, 1010 ->
          new ReconnectDecision(
              Next.STOP, ExitCode.LOST, "the server wants no more of this client");
      case 4008 ->
          new ReconnectDecision(
              Next.AGAIN,
              ExitCode.LOST,
              "events came faster than they were read: ask for fewer, or add slow=drop_oldest");
      case 4401 -> new ReconnectDecision(Next.NEW_TOKEN, ExitCode.REFUSED, "");
      default -> new ReconnectDecision(Next.AGAIN, ExitCode.LOST, "");
    };
  }

  /**
   * @param first whether there has been no connection yet; then only an answer that asks to come
   *     again is worth waiting for
   */
  static ReconnectDecision ofStatus(int status, boolean first) {
    return switch (status) {
      case 400, 414, 431 -> new ReconnectDecision(Next.STOP, ExitCode.USAGE, "");
      case 401, 403 -> new ReconnectDecision(Next.STOP, ExitCode.REFUSED, "");
      case 429, 503 -> new ReconnectDecision(Next.AGAIN, ExitCode.NOT_CONNECTED, "");
      case 404 ->
          new ReconnectDecision(
              first ? Next.STOP : Next.AGAIN,
              ExitCode.NOT_CONNECTED,
              "is it the address of a Luna Sender?");
      default -> new ReconnectDecision(first ? Next.STOP : Next.AGAIN, ExitCode.NOT_CONNECTED, "");
    };
  }

  /** The time of {@code Retry-After}, in seconds or as a date; null if there is none to be read. */
  static @Nullable Duration retryAfter(@Nullable String header, Instant now) {
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
