package luna.sender.cli.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import luna.sender.contract.ContractDocument;
import luna.sender.filter.FilterContract;
import luna.sender.filter.FilterParameter;

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

  private final Map<String, FilterParameter> parameters = new HashMap<>();

  /** Reads the filters of the packaged contract. */
  FilterQuery() {
    FilterContract.of(ContractDocument.read().json())
        .parameters()
        .forEach(parameter -> parameters.put(parameter.name(), parameter));
  }

  TreeFilter parse(String query) {
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
    return new TreeFilter(parameters.values(), typed);
  }

  private Object value(String pair, String name, String value) {
    FilterParameter parameter = parameters.get(name);
    if (parameter == null) {
      throw bad(pair, "a filter of the API");
    }
    if (!parameter.isList()) {
      return one(pair, parameter, value);
    }
    JsonArray list = new JsonArray();
    for (String item : value.split(",", -1)) {
      list.add(one(pair, parameter, item));
    }
    return list;
  }

  private static Object one(String pair, FilterParameter parameter, String value) {
    return switch (parameter.kind()) {
      case ANY_OF, ALL_OF -> text(pair, value);
      case CODE, CODES -> code(pair, value);
      case GTE, LT -> number(pair, value);
    };
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
      return Integer.valueOf(value);
    } catch (NumberFormatException failure) {
      throw bad(pair, "a whole number");
    }
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
