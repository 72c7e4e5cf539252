package luna.sender.api;

import org.jspecify.annotations.Nullable;

/**
 * Rejects queries that no operation accepts, before they are parsed.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY}. The text contains nothing from the query.
 */
final class QueryCheck {
  private QueryCheck() {}

  /**
   * Rejects a query that costs more to parse than any valid one, and a query that contains a token,
   * in every mode: proxies on the way would write it to their logs.
   */
  static void require(@Nullable String query) {
    if (QueryString.hasTooManyParameters(query)) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          "query: too many parameters (expected: at most %d)"
              .formatted(QueryString.MAX_PARAMETERS));
    }
    String secret = UrlSecrets.find(query);
    if (secret != null) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          secret
              + ": not shown (expected: no token in the URL; send it in Authorization: Bearer or in"
              + " Sec-WebSocket-Protocol)");
    }
  }
}
