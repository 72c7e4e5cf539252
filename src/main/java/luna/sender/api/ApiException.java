package luna.sender.api;

import java.time.Duration;

/**
 * Signals that a request fails with an error of the contract. {@link ErrorHandler} writes the
 * response.
 *
 * <p>Why it has no stack trace: clients can trigger it at will.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApiError error;
  private final Duration wait;

  /**
   * @param wait the minimum time before a retry, for responses with {@code Retry-After}
   */
  public ApiException(ApiError error, String what, Duration wait) {
    super(what, null, false, false);
    this.error = error;
    this.wait = wait;
  }

  public ApiException(ApiError error, String what) {
    this(error, what, Duration.ZERO);
  }

  public ApiException(ApiError error) {
    this(error, "");
  }

  public ApiError error() {
    return error;
  }

  Duration waitAtLeast() {
    return wait;
  }
}
