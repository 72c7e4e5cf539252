package luna.sender.bridge;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Why a connection to Redis is not made, or is of no use. The lower-case name is a label. */
enum RefusalReason {
  /** Redis reads its data from disk. */
  LOADING("LOADING "),
  /** The password is wrong, or was changed. */
  WRONG_PASSWORD("WRONGPASS ", "ERR invalid password", "ERR AUTH "),
  NO_PASSWORD("NOAUTH "),
  NO_RIGHT("NOPERM "),
  /** A replica that has lost its master and may not answer without it. */
  MASTER_DOWN("MASTERDOWN "),
  CLUSTER_DOWN("CLUSTERDOWN "),
  /** A script or a disk keeps Redis from answering. */
  BUSY("BUSY ", "MISCONF "),
  TOO_MANY_CLIENTS("max number of clients"),
  PROTECTED_MODE("DENIED "),
  /** The Sentinels do not know the master. */
  NO_MASTER("MASTER_NAME: "),
  TLS("TLS: "),
  DNS("DNS: "),
  CONNECTION_REFUSED("Connection refused"),
  TIMEOUT("no answer within", "timed out"),
  CLOSED("the peer closed the connection", "Connection reset", "Broken pipe"),
  OTHER;

  private final List<String> words;

  RefusalReason(String... words) {
    this.words = List.of(words);
  }

  /** The first one whose words are in the text, or {@link #OTHER}. */
  static RefusalReason of(String text) {
    return Arrays.stream(values())
        .filter(reason -> reason.words.stream().anyMatch(text::contains))
        .findFirst()
        .orElse(OTHER);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
