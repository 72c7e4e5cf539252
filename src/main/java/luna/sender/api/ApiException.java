package luna.sender.api;

import java.time.Duration;

/**
 * A request that is answered with an error of the contract; {@link ErrorHandler} writes the answer.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApiError error;
  private final Duration wait;

  /**
   * @param wait how long to wait at least before another try, where the answer tells a time
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
