package luna.sender.admission;

import java.time.Duration;

/**
 * A limit is met.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
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

  /** How long to wait at least before another try has a chance. */
  public Duration waitAtLeast() {
    return wait;
  }
}
