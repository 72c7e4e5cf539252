package luna.sender.api;

import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Position;
import luna.sender.event.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Where in the history of its account a request begins: the parameters {@code after}, {@code last}
 * and {@code since}, of which a request has at most one.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} with the name of the parameter.
 *
 * @param range for {@code after} and {@code since}
 * @param last the number of newest events that pass the filter, or 0
 */
record HistoryStart(HistoryRequest.@Nullable Range range, int last) {
  private static final String AFTER = "after";
  private static final String LAST = "last";
  private static final String SINCE = "since";

  static HistoryStart of(ValidatedRequest validated) {
    RequestParameter after = QueryParameters.given(validated, AFTER);
    RequestParameter last = QueryParameters.given(validated, LAST);
    RequestParameter since = QueryParameters.given(validated, SINCE);
    List<String> names = new ArrayList<>();
    if (after != null) {
      names.add(AFTER);
    }
    if (last != null) {
      names.add(LAST);
    }
    if (since != null) {
      names.add(SINCE);
    }
    if (names.size() > 1) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          names.get(1) + ": with " + names.get(0) + " (expected: one of after, last and since)");
    }
    HistoryRequest.Range range = null;
    if (after != null) {
      range = after(ApiError.BAD_QUERY, AFTER, after.getString());
    } else if (since != null) {
      range = since(since.getString());
    }
    return new HistoryStart(range, last == null ? 0 : last.getInteger());
  }

  /**
   * Returns the range after a position or an event.
   *
   * @param invalid the error if the text is neither
   * @param name of the parameter or header with the text
   */
  static HistoryRequest.Range after(ApiError invalid, String name, String text) {
    if (Uuid.is(text)) {
      return new HistoryRequest.AfterEvent(text);
    }
    Position position = Position.parse(text);
    if (position == null) {
      throw new ApiException(
          invalid,
          name + ": " + ParameterError.shown(text) + " (expected: a position, or an event_id)");
    }
    return new HistoryRequest.After(position);
  }

  private static HistoryRequest.Range since(String text) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      return new HistoryRequest.Since(time);
    } catch (DateTimeParseException failure) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          SINCE
              + ": "
              + ParameterError.shown(text)
              + " (expected: a time such as 2026-08-11T09:11:41Z)");
    }
  }
}
