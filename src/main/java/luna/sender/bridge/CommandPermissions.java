package luna.sender.bridge;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import luna.sender.log.PrintableText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Required commands that Redis currently rejects.
 *
 * <p>See: {@link FeedCheck} tests them; readiness reports {@link #fault}.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
final class CommandPermissions {
  private static final Logger LOG = LoggerFactory.getLogger(CommandPermissions.class);
  private static final int EXCERPT_LENGTH = 200;

  static final String CANARY = "SUBSCRIBE for the canary";

  /**
   * The order in which rejected commands are reported: the one that every handshake needs comes
   * first.
   */
  private static final List<String> ORDER =
      List.of("SUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", CANARY, "PUBLISH");

  private final String connection;
  private final Map<String, String> rejected =
      new TreeMap<>(Comparator.comparingInt(ORDER::indexOf));

  CommandPermissions(String connection) {
    this.connection = connection;
  }

  /** Records that Redis answered the command with an error. */
  void reject(String command, String error) {
    if (rejected.put(command, error) == null) {
      // An operator must grant a missing permission. Other errors are temporary, for example BUSY
      // and LOADING.
      (isMissingRight(error) ? LOG.atError() : LOG.atWarn())
          .addKeyValue("connection", connection)
          .addKeyValue("command", command)
          .addKeyValue("error", error)
          .log("Redis rejected a command that this node needs");
    }
  }

  /** Records that Redis accepted the command. */
  void grant(String command) {
    if (rejected.remove(command) != null) {
      LOG.atInfo()
          .addKeyValue("connection", connection)
          .addKeyValue("command", command)
          .log("Redis accepts the command again");
    }
  }

  boolean isRejected(String command) {
    return rejected.containsKey(command);
  }

  /** Clears the state, for the next connection. */
  void forget() {
    rejected.clear();
  }

  /** Returns the rejected commands and the error of the first one, or an empty text. */
  String fault() {
    return rejected.isEmpty()
        ? ""
        : "Redis rejects "
            + String.join(", ", rejected.keySet())
            + ": "
            + excerpt(rejected.values().iterator().next());
  }

  /** Returns an error of Redis as printable text of limited length. */
  static String excerpt(String error) {
    String text = PrintableText.of(error);
    return text.length() <= EXCERPT_LENGTH ? text : text.substring(0, EXCERPT_LENGTH) + "…";
  }

  /**
   * Returns whether the error concerns a channel, so that the same command may succeed for another
   * channel.
   */
  static boolean isOfChannel(String error) {
    return error.startsWith("NOPERM") && !error.contains(" to run the ");
  }

  /** Returns whether the error names UNSUBSCRIBE or SUNSUBSCRIBE as the failed command. */
  static boolean isOfUnsubscribe(String error) {
    String lowerCase = error.toLowerCase(Locale.ROOT);
    return lowerCase.contains("unsubscribe'") || lowerCase.contains("unsubscribe`");
  }

  private static boolean isMissingRight(String error) {
    return error.startsWith("NOPERM") || error.startsWith("ERR unknown command");
  }
}
