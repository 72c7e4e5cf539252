package luna.sender.api;

import java.time.Duration;

/**
 * A request that is answered with an error of the contract; {@link Failures} writes the answer.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
 */
final class ApiFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApiError error;
  private final Duration wait;

  /**
   * @param wait how long to wait at least before another try, where the answer tells a time
   */
  ApiFailure(ApiError error, String what, Duration wait) {
    super(what, null, false, false);
    this.error = error;
    this.wait = wait;
  }

  ApiFailure(ApiError error, String what) {
    this(error, what, Duration.ZERO);
  }

  ApiFailure(ApiError error) {
    this(error, "");
  }

  ApiError error() {
    return error;
  }

  Duration waitAtLeast() {
    return wait;
  }
}
