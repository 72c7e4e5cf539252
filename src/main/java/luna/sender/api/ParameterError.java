package luna.sender.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Says what is wrong with a parameter that the contract has refused, in a user's words.
 *
 * <p>Shape: {@code name: value (expected: …)}, where the expectation is read off the schema.
 */
public final class ParameterError {
  private static final int SHOWN = 64;

  private ParameterError() {}

  /**
   * The failure of the contract for a value that the parameter's schema does not take.
   *
   * @param given the parameter's text as it came: of a query, still encoded
   */
  static ApiException of(Parameter parameter, String given) {
    if (parameter.getIn() == Location.PATH) {
      return new ApiException(ApiError.NOT_FOUND);
    }
    boolean header = parameter.getIn() == Location.HEADER;
    return new ApiException(
        header ? ApiError.BAD_HEADER : ApiError.BAD_QUERY,
        parameter.getName()
            + ": "
            // Headers are shown as they came: only URLs are encoded.
            + (header ? shown(given) : shown(decoded(given)))
            + " (expected: "
            + (!header && isList(parameter, given) ? "one value, not a list: " : "")
            + expectation(schema(parameter))
            + ")");
  }

  /** Whether a list was given where there is no list. */
  private static boolean isList(Parameter parameter, String given) {
    return given.indexOf(',') >= 0 && parameter.getSchema().get("items") == null;
  }

  /** The same for one value of a list in a query. */
  static ApiException ofItem(Parameter parameter, String given) {
    return new ApiException(
        ApiError.BAD_QUERY,
        parameter.getName()
            + ": "
            + shown(decoded(given))
            + " (expected: "
            + expectation(schema(parameter).getJsonObject("items"))
            + ")");
  }

  /** A value as it may stand in an answer: short. JSON takes care of odd characters. */
  public static String shown(String value) {
    if (value.isEmpty()) {
      return "nothing";
    }
    if (value.length() <= SHOWN) {
      return value;
    }
    // Half of a surrogate pair is no text: some clients could not even print it.
    boolean halved = Character.isHighSurrogate(value.charAt(SHOWN - 1));
    return value.substring(0, halved ? SHOWN - 1 : SHOWN) + "…";
  }

  private static JsonObject schema(Parameter parameter) {
    JsonObject schema = new JsonObject();
    parameter.getSchema().fieldNames().forEach(f -> schema.put(f, parameter.getSchema().get(f)));
    return schema;
  }

  /** What is wrong with a body: the innermost fault, where it is, and the schema's own words. */
  static String inBody(OutputUnit refusal) {
    List<OutputUnit> errors = refusal.getErrors();
    if (errors == null || errors.isEmpty()) {
      return "body: (expected: as in /docs/spec)";
    }
    OutputUnit innermost = errors.get(0);
    for (OutputUnit error : errors) {
      if (depth(error) >= depth(innermost)) {
        innermost = error;
      }
    }
    String location = innermost.getInstanceLocation();
    String place = location.startsWith("#/") ? location.substring(2) : "";
    return (place.isEmpty() ? "body" : place) + ": " + innermost.getError();
  }

  private static int depth(OutputUnit error) {
    return error.getInstanceLocation().length();
  }

  private static String decoded(String raw) {
    String decoded = QueryString.decode(raw);
    return decoded == null ? raw : decoded;
  }

  /** What the schema expects, in words. */
  static String expectation(JsonObject schema) {
    JsonArray values = schema.getJsonArray("enum");
    if (values != null) {
      List<String> names = new ArrayList<>();
      values.forEach(value -> names.add(String.valueOf(value)));
      return "one of " + String.join(", ", names);
    }
    return switch (schema.getString("type", "")) {
      case "array" -> "1 to " + schema.getInteger("maxItems") + " values";
      case "integer" -> "an integer" + bounds(schema);
      case "number" -> "a number" + bounds(schema);
      default -> text(schema);
    };
  }

  private static String text(JsonObject schema) {
    if (schema.containsKey("pattern")) {
      return "a UUID";
    }
    return schema.containsKey("maxLength")
        ? "1 to " + schema.getInteger("maxLength") + " characters"
        : "text";
  }

  private static String bounds(JsonObject schema) {
    Number minimum = schema.getNumber("minimum");
    Number maximum = schema.getNumber("maximum");
    if (minimum != null && maximum != null) {
      return " from " + minimum + " to " + maximum;
    }
    return minimum == null ? "" : " of " + minimum + " or more";
  }
}
