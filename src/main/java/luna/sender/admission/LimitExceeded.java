package luna.sender.admission;

import java.time.Duration;

/**
 * Signals that a request exceeds a limit.
 *
 * <p>See: {@code api.LimitError} maps it to a response.
 *
 * <p>Why it has no stack trace: clients can trigger it at will.
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
