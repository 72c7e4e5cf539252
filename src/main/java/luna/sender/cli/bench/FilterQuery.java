package luna.sender.cli.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import luna.sender.filter.EventFilter;

/**
 * Parses a filter from a client's URL, so that the bench can compute which events match it.
 *
 * <p>Shape: {@code name=value&name=value}, percent-encoded. A plain comma separates the values of a
 * list, and repeated lists are joined.
 *
 * <p>Errors: {@link IllegalArgumentException} for a name that is not a filter, or a malformed
 * value. The server validates the range of values.
 *
 * <p>Source: the parameters of operation {@code ws} in {@code openapi.yaml}.
 */
final class FilterQuery {
  private static final String OPTION = "--filter: ";

  private static final Set<String> NUMBERS =
      Set.of("object_similarity__gte", "object_similarity__lt", "age__gte", "age__lt", "gender");
  private static final Set<String> CODES = Set.of("ethnic_groups", "liveness", "masks", "emotions");
  private static final Set<String> TEXTS =
      Set.of(
          "sources",
          "matching_candidates_labels",
          "tags",
          "cities",
          "areas",
          "districts",
          "streets",
          "house_numbers",
          "handler_ids");

  /** The highest code that a filter's set of codes can store. */
  private static final int HIGHEST_CODE = 30;

  private FilterQuery() {}

  static EventFilter parse(String query) {
    JsonObject typed = new JsonObject();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      Object read = value(pair, name, value);
      if (read instanceof JsonArray more && typed.getValue(name) instanceof JsonArray list) {
        list.addAll(more);
      } else if (typed.containsKey(name)) {
        throw bad(pair, "given once");
      } else {
        typed.put(name, read);
      }
    }
    return EventFilter.of(typed);
  }

  private static Object value(String pair, String name, String value) {
    if (NUMBERS.contains(name)) {
      return name.equals("gender") ? code(pair, value) : number(pair, value);
    }
    JsonArray list = new JsonArray();
    boolean texts = TEXTS.contains(name);
    if (!texts && !CODES.contains(name)) {
      throw bad(pair, "a filter of the API");
    }
    for (String item : value.split(",", -1)) {
      list.add(texts ? text(pair, item) : code(pair, item));
    }
    return list;
  }

  private static Number number(String pair, String value) {
    try {
      return new BigDecimal(value);
    } catch (NumberFormatException failure) {
      throw bad(pair, "a number");
    }
  }

  private static Object code(String pair, String value) {
    try {
      int code = Integer.parseInt(value);
      if (code >= 0 && code <= HIGHEST_CODE) {
        return code;
      }
    } catch (NumberFormatException failure) {
      // Rejected below, like a code that is out of range.
    }
    throw bad(pair, "a whole number of 0 to " + HIGHEST_CODE);
  }

  private static String text(String pair, String value) {
    try {
      String text = URLDecoder.decode(value, StandardCharsets.UTF_8);
      if (!text.isEmpty()) {
        return text;
      }
    } catch (IllegalArgumentException failure) {
      // Rejected below.
    }
    throw bad(pair, "non-empty percent-encoded text");
  }

  private static IllegalArgumentException bad(String pair, String expected) {
    return new IllegalArgumentException(OPTION + pair + " (expected: " + expected + ")");
  }
}
