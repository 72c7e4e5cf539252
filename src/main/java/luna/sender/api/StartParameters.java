package luna.sender.api;

import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.List;
import luna.sender.socket.Start;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that select where a client starts in the history. Nearly every client has another
 * value, so they are not part of the text under which a query is cached.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} for an invalid value, for two of them, and without history.
 */
final class StartParameters {
  static final List<String> NAMES = List.of("after", "last", "since");

  private StartParameters() {}

  /** Returns the query without these parameters. */
  static String without(String query) {
    if (!containsAny(query)) {
      return query;
    }
    StringBuilder rest = new StringBuilder(query.length());
    int start = 0;
    while (start <= query.length()) {
      int ampersand = query.indexOf('&', start);
      int end = ampersand < 0 ? query.length() : ampersand;
      if (!isOne(query, start, end)) {
        rest.append(rest.isEmpty() ? "" : "&").append(query, start, end);
      }
      start = end + 1;
    }
    return rest.toString();
  }

  private static boolean containsAny(String query) {
    for (String name : NAMES) {
      if (query.contains(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOne(String query, int start, int end) {
    int equals = query.indexOf('=', start);
    return NAMES.contains(query.substring(start, equals < 0 || equals > end ? end : equals));
  }

  /**
   * Returns the start that a validated query selects.
   *
   * @param history whether the service keeps a history
   */
  static Start of(ValidatedRequest validated, boolean history) {
    boolean given = false;
    for (String name : NAMES) {
      RequestParameter parameter = QueryParameters.given(validated, name);
      if (parameter != null) {
        if (!history) {
          throw off(ApiError.BAD_QUERY, name, parameter.get());
        }
        given = true;
      }
    }
    if (!given) {
      return Start.LIVE;
    }
    HistoryStart start = HistoryStart.of(validated);
    if (start.range() != null) {
      return new Start.From(start.range());
    }
    return start.last() == 0 ? Start.LIVE : new Start.Last(start.last());
  }

  /** Returns the error for a parameter or header that needs a history. */
  static ApiException off(ApiError error, String name, @Nullable Object value) {
    return new ApiException(
        error,
        name
            + ": "
            + ParameterError.shown(String.valueOf(value))
            + " (expected: none, because LUNA_SENDER_HISTORY.MODE is off)");
  }
}
