package luna.sender.bridge;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fault of one connection to Redis: its current cause, and the log lines about it.
 *
 * <p>Shape: the first line of each reason is logged immediately, so that a new cause is visible;
 * then there is one line in {@link #REMINDER}.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LinkFault {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  static final Duration REMINDER = Duration.ofSeconds(30);
  private static final String UNAVAILABLE = "Redis is unavailable";

  private final String connection;
  private final Set<RefusalReason> logged = EnumSet.noneOf(RefusalReason.class);
  private long nextReminderNanos = System.nanoTime();
  private String cause = "";

  LinkFault(String connection) {
    this.connection = connection;
  }

  void connected() {
    cause = "";
    logged.clear();
  }

  RefusalReason lost(String why) {
    cause = why;
    logged.clear();
    log("Redis connection lost; reconnecting", why);
    return RefusalReason.of(why);
  }

  RefusalReason refused(String why) {
    cause = why;
    return remind("Redis is unavailable; retrying", why);
  }

  /** Logs a refused probe, which does not close the connection. */
  RefusalReason probeRefused(String error) {
    return remind("Redis refuses a probe", error);
  }

  private RefusalReason remind(String what, String why) {
    RefusalReason reason = RefusalReason.of(why);
    if (logged.add(reason) || System.nanoTime() - nextReminderNanos >= 0) {
      log(what, why);
    }
    return reason;
  }

  private void log(String what, String why) {
    nextReminderNanos = System.nanoTime() + REMINDER.toNanos();
    LOG.atWarn().addKeyValue("connection", connection).addKeyValue("cause", why).log(what);
  }

  /** Returns why there is no connection, as a text for humans. */
  String text() {
    return cause.isEmpty() ? UNAVAILABLE : UNAVAILABLE + ": " + Rights.excerpt(cause);
  }
}
