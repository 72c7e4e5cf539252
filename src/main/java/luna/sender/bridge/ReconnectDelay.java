package luna.sender.bridge;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.config.RedisAddress;

/**
 * The delay before the next attempt to connect. It is random between {@code RECONNECT_DELAY_MIN}
 * and a limit that doubles with each failed attempt, so that many nodes do not reconnect at the
 * same time.
 *
 * <p>Example: with 0.5 s and 30 s, the delays are 0.5 s, 0.5 to 1 s, 0.5 to 2 s, and so on, up to
 * 0.5 to 30 s.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class ReconnectDelay {
  /** Prevents an overflow of the limit. */
  private static final int DOUBLINGS_LIMIT = 20;

  private final long minMillis;
  private final long maxMillis;
  private int failures;

  ReconnectDelay(RedisAddress address) {
    minMillis = address.reconnectDelayMin().toMillis();
    maxMillis = address.reconnectDelayMax().toMillis();
  }

  /** Records a failed attempt and returns the delay before the next one. */
  Duration next() {
    long limit = Math.min(maxMillis, minMillis << Math.min(failures, DOUBLINGS_LIMIT));
    failures++;
    return Duration.ofMillis(
        minMillis >= limit
            ? minMillis
            : ThreadLocalRandom.current().nextLong(minMillis, limit + 1));
  }

  /** Records a successful attempt. */
  void reset() {
    failures = 0;
  }
}
