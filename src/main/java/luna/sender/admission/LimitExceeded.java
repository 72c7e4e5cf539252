package luna.sender.admission;

import java.time.Duration;

/**
 * Signals that a request exceeds a limit.
 *
 * <p>Owner: immutable. It has no stack trace, because clients can trigger it at will.
 */
public final class LimitExceeded extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Limit limit;
  private final Duration wait;

  LimitExceeded(Limit limit, Duration wait) {
    super(limit.label(), null, false, false);
    this.limit = limit;
    this.wait = wait;
  }

  public Limit limit() {
    return limit;
  }

  /** Returns the minimum time before a retry can succeed. */
  public Duration waitAtLeast() {
    return wait;
  }
}
