package luna.sender.cli.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Computes delays before reconnection attempts: exponential backoff with full jitter, so that the
 * clients of a failed node do not all reconnect at once.
 *
 * <p>Owner: one thread.
 *
 * <p>Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full
 * jitter)
 */
public final class Backoff {
  static final Duration FIRST = Duration.ofMillis(500);

  /** The longest {@code Retry-After} that is respected. */
  private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(10);

  /** The maximum jitter in addition to {@code Retry-After}. */
  private static final Duration JITTER = Duration.ofSeconds(1);

  private final DoubleSupplier random;
  private final Duration max;
  private Duration bound = FIRST;

  /**
   * @param random returns random numbers from 0 to 1, like {@link Math#random}
   * @param max the longest delay without a {@code Retry-After}
   */
  public Backoff(DoubleSupplier random, Duration max) {
    this.random = random;
    this.max = max;
  }

  public Duration next() {
    Duration pause = part(bound);
    Duration doubled = bound.multipliedBy(2);
    bound = doubled.compareTo(max) < 0 ? doubled : max;
    return pause;
  }

  /** Returns the delay after a response with {@code Retry-After}. */
  public Duration afterRetryAfter(Duration retryAfter) {
    Duration kept = retryAfter.compareTo(MAX_RETRY_AFTER) < 0 ? retryAfter : MAX_RETRY_AFTER;
    return kept.plus(part(JITTER));
  }

  /** Resets the backoff after a successful connection. */
  public void reset() {
    bound = FIRST;
  }

  private Duration part(Duration whole) {
    return Duration.ofMillis(Math.round(whole.toMillis() * random.getAsDouble()));
  }
}
