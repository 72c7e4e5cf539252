package luna.sender.cli.tail;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next attempt: by chance anything up to a bound that doubles, so that
 * the clients of a node that has gone do not all come at once.
 *
 * <p>Owner: one thread.
 *
 * <p>Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full
 * jitter)
 */
final class Backoff {
  static final Duration FIRST = Duration.ofMillis(500);
  static final Duration LONGEST = Duration.ofSeconds(30);

  /** What the server asks for is kept to, but not for ever. */
  private static final Duration LONGEST_ASKED = Duration.ofMinutes(10);

  /** What a client waits on top of what the server asks for. */
  private static final Duration SPREAD = Duration.ofSeconds(1);

  private final DoubleSupplier chance;
  private Duration bound = FIRST;

  /**
   * @param chance from 0 to 1, as by {@link Math#random}
   */
  Backoff(DoubleSupplier chance) {
    this.chance = chance;
  }

  Duration next() {
    Duration pause = part(bound);
    Duration doubled = bound.multipliedBy(2);
    bound = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
    return pause;
  }

  /** After an answer with {@code Retry-After}. */
  Duration asked(Duration retryAfter) {
    Duration kept = retryAfter.compareTo(LONGEST_ASKED) < 0 ? retryAfter : LONGEST_ASKED;
    return kept.plus(part(SPREAD));
  }

  /** The connection was good. */
  void reset() {
    bound = FIRST;
  }

  private Duration part(Duration whole) {
    return Duration.ofMillis(Math.round(whole.toMillis() * chance.getAsDouble()));
  }
}
