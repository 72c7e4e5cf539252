package luna.sender.bridge;

import java.time.Duration;
import luna.sender.log.RateLimitedLog;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The fault of one connection to Redis: its current cause, and the log lines about it.
 *
 * <p>How: the first line of each reason is logged immediately, so that a new cause is visible; then
 * there is one line in {@link #REMINDER} for each reason.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LinkFault {
  static final Duration REMINDER = Duration.ofSeconds(30);
  private static final String UNAVAILABLE = "Redis is unavailable";

  private final String connection;
  private final RateLimitedLog log = RateLimitedLog.reminding(RedisLink.class, REMINDER);
  private String cause = "";

  LinkFault(String connection) {
    this.connection = connection;
  }

  void connected() {
    cause = "";
    log.reset();
  }

  RedisFailureReason lost(String why) {
    cause = why;
    log.reset();
    write(log.atWarn("lost"), "Redis connection lost; reconnecting", why);
    return RedisFailureReason.of(why);
  }

  RedisFailureReason rejected(String why) {
    cause = why;
    return remind("Redis is unavailable; retrying", why);
  }

  /** Logs a rejected probe, which does not close the connection. */
  RedisFailureReason probeRejected(String error) {
    return remind("Redis rejects a probe", error);
  }

  private RedisFailureReason remind(String what, String why) {
    RedisFailureReason reason = RedisFailureReason.of(why);
    write(log.atWarn(reason.label()), what, why);
    return reason;
  }

  private void write(LoggingEventBuilder line, String what, String why) {
    line.addKeyValue("connection", connection).addKeyValue("cause", why).log(what);
  }

  /** Returns why there is no connection, as a text for humans. */
  String text() {
    return cause.isEmpty() ? UNAVAILABLE : UNAVAILABLE + ": " + CommandPermissions.excerpt(cause);
  }
}
