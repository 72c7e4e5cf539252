package luna.sender.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import luna.sender.bridge.HistoryKeys;

/**
 * A publisher that appends to the history of accounts by the script, as the manual describes it.
 *
 * <p>Owner: one test thread.
 */
public final class TestHistory {
  private static final String SCRIPT = "/luna/sender/bridge/history/append.lua";
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  private final TestRedis redis;
  private final String script = script();
  private final int maxEvents;

  public TestHistory(TestRedis redis) {
    this(redis, 10_000);
  }

  /**
   * @param maxEvents payloads that are kept for each account
   */
  public TestHistory(TestRedis redis, int maxEvents) {
    this.redis = redis;
    this.maxEvents = maxEvents;
  }

  private static String script() {
    try (InputStream in = HistoryKeys.class.getResourceAsStream(SCRIPT)) {
      return new String(Objects.requireNonNull(in, SCRIPT).readAllBytes(), UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Appends a payload; returns its position. */
  public String append(String account, String payload) {
    return redis
        .command(
            "EVAL",
            script,
            "2",
            KEYS.stream(account),
            KEYS.state(account),
            payload,
            KEYS.live(account),
            Integer.toString(maxEvents),
            "3600000",
            "PUBLISH")
        .toString();
  }

  /** Appends a gap; returns its position. */
  public String appendGap(String account, long fromMillis, long toMillis) {
    return redis
        .command(
            "EVAL",
            script,
            "2",
            KEYS.stream(account),
            KEYS.state(account),
            fromMillis + " " + toMillis,
            KEYS.live(account),
            Integer.toString(maxEvents),
            "3600000",
            "PUBLISH",
            "",
            "g")
        .toString();
  }

  /** Deletes the history of an account. */
  public void delete(String account) {
    redis.command("DEL", KEYS.stream(account), KEYS.state(account));
  }
}
