package luna.sender.bridge;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong with one connection to Redis: the current cause, and the log lines about it.
 *
 * <p>Shape: the first line for each reason comes at once, so that a cause that follows another one
 * is not hidden; then one line in {@link #REMINDER}.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LinkFault {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  static final Duration REMINDER = Duration.ofSeconds(30);
  private static final String AWAY = "Redis is away";

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
    log("Redis is lost; connecting again", why);
    return RefusalReason.of(why);
  }

  RefusalReason refused(String why) {
    cause = why;
    return remind("Redis is away; trying again", why);
  }

  /** The connection stays. */
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

  /** Why there is no connection, for people. */
  String text() {
    return cause.isEmpty() ? AWAY : AWAY + ": " + Rights.shown(cause);
  }
}
