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
 * The commands that a feed needs and Redis refuses, by its last answer to each.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
final class Rights {
  private static final Logger LOG = LoggerFactory.getLogger(Rights.class);
  private static final int SHOWN = 200;

  static final String CANARY = "SUBSCRIBE for the canary";

  /** That which every handshake needs is named first. */
  private static final List<String> ORDER =
      List.of("SUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", CANARY, "PUBLISH");

  private final String connection;
  private final Map<String, String> refused =
      new TreeMap<>(Comparator.comparingInt(ORDER::indexOf));

  Rights(String connection) {
    this.connection = connection;
  }

  /** Redis answered the command with an error. */
  void refuse(String command, String error) {
    if (refused.put(command, error) == null) {
      // Without the right, a person has to grant it; other errors pass, as BUSY and LOADING do.
      (isMissingRight(error) ? LOG.atError() : LOG.atWarn())
          .addKeyValue("connection", connection)
          .addKeyValue("command", command)
          .addKeyValue("error", error)
          .log("Redis refused a command that this node needs");
    }
  }

  /** Redis accepted the command. */
  void grant(String command) {
    if (refused.remove(command) != null) {
      LOG.atInfo()
          .addKeyValue("connection", connection)
          .addKeyValue("command", command)
          .log("Redis accepts the command again");
    }
  }

  boolean isRefused(String command) {
    return refused.containsKey(command);
  }

  /** Nothing is known about the next connection. */
  void forget() {
    refused.clear();
  }

  /** Those that are refused, with Redis's words about the first, or empty. */
  String fault() {
    return refused.isEmpty()
        ? ""
        : "Redis refuses "
            + String.join(", ", refused.keySet())
            + ": "
            + shown(refused.values().iterator().next());
  }

  /** Redis's words, as far as they are shown to others. */
  static String shown(String error) {
    String text = PrintableText.of(error);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  /** Whether the error concerns a channel, so that the same command may succeed on another one. */
  static boolean isOfChannel(String error) {
    return error.startsWith("NOPERM") && !error.contains(" to run the ");
  }

  /** Whether the error names UNSUBSCRIBE or its kin as the command that failed. */
  static boolean isOfUnsubscribe(String error) {
    String words = error.toLowerCase(Locale.ROOT);
    return words.contains("unsubscribe'") || words.contains("unsubscribe`");
  }

  private static boolean isMissingRight(String error) {
    return error.startsWith("NOPERM") || error.startsWith("ERR unknown command");
  }
}
