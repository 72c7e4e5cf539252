package luna.sender.api;

/**
 * A request that is answered with an error of the contract; {@link Failures} writes the answer.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
 */
final class ApiFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApiError error;

  ApiFailure(ApiError error, String what) {
    super(what, null, false, false);
    this.error = error;
  }

  ApiFailure(ApiError error) {
    this(error, "");
  }

  ApiError error() {
    return error;
  }
}
