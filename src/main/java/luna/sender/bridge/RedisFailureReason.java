package luna.sender.bridge;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Why a connection to Redis fails or is unusable. The lower-case name is the value of a metric's
 * label.
 */
public enum RedisFailureReason {
  /** Redis is loading its data from disk. */
  LOADING("LOADING "),
  /** The password is wrong or was changed. */
  WRONG_PASSWORD("WRONGPASS ", "ERR invalid password", "ERR AUTH "),
  NO_PASSWORD("NOAUTH "),
  NO_RIGHT("NOPERM "),
  /** A replica has lost its master, and is configured not to answer without it. */
  MASTER_DOWN("MASTERDOWN "),
  CLUSTER_DOWN("CLUSTERDOWN "),
  /** A script or a disk error prevents Redis from answering. */
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

  private final List<String> patterns;

  RedisFailureReason(String... patterns) {
    this.patterns = List.of(patterns);
  }

  /** Returns the first reason with a pattern that the text contains, or {@link #OTHER}. */
  static RedisFailureReason of(String text) {
    return Arrays.stream(values())
        .filter(reason -> reason.patterns.stream().anyMatch(text::contains))
        .findFirst()
        .orElse(OTHER);
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
