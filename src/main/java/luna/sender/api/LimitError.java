package luna.sender.api;

import luna.sender.admission.LimitExceeded;

/**
 * Converts an exceeded limit to the error that the client gets.
 *
 * <p>See: {@code admission.Admission} decides; {@link ErrorHandler} calls this.
 */
final class LimitError {
  private LimitError() {}

  static ApiException of(LimitExceeded refused) {
    return switch (refused.limit()) {
      case CONNECTIONS, HTTP_CONNECTIONS ->
          new ApiException(ApiError.FULL, "Connection limit reached", refused.waitAtLeast());
      case CONNECTIONS_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY, "The account has too many connections", refused.waitAtLeast());
      case CONNECTIONS_PER_ADDRESS ->
          new ApiException(
              ApiError.TOO_MANY, "The address has too many connections", refused.waitAtLeast());
      case STATS_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY,
              "The account has too many connections with stats=1",
              refused.waitAtLeast());
      case HANDSHAKES_PER_SECOND ->
          new ApiException(
              ApiError.TOO_MANY, "Too many handshakes from this address", refused.waitAtLeast());
      case TOKEN_CHECKS ->
          new ApiException(
              ApiError.TOO_MANY,
              "Too many tokens are queued for verification",
              refused.waitAtLeast());
      case EXPLANATIONS ->
          new ApiException(
              ApiError.FULL, "Too many request bodies are queued", refused.waitAtLeast());
      case FILTER_VALUES_PER_CONNECTION ->
          new ApiException(
              ApiError.BAD_QUERY, "the filters have more values than a connection may use");
      case FILTER_BYTES_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY,
              "The filters of this account use too much memory",
              refused.waitAtLeast());
      case FILTER_BYTES ->
          new ApiException(
              ApiError.FULL,
              "The filters of all connections use too much memory",
              refused.waitAtLeast());
    };
  }
}
