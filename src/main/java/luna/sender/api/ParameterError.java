package luna.sender.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Formats errors of parameters that violate the contract.
 *
 * <p>Shape: {@code name: value (expected: …)}, where the expectation is derived from the schema.
 */
public final class ParameterError {
  /** The expectation for a date and time. */
  static final String TIME = "a time as in RFC 3339, such as 2026-08-11T09:11:41Z";

  private static final int SHOWN = 64;

  private ParameterError() {}

  /**
   * Returns the error for a value that violates the parameter's schema.
   *
   * @param given the raw text of the parameter, still percent-encoded for a query
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
            // Only URLs are percent-encoded, headers are not.
            + (header ? shown(given) : shown(decoded(given)))
            + " (expected: "
            + (!header && isList(parameter, given) ? "one value, not a list: " : "")
            + expectation(schema(parameter))
            + ")");
  }

  /** Returns whether a list was given for a parameter that takes one value. */
  private static boolean isList(Parameter parameter, String given) {
    return given.indexOf(',') >= 0 && parameter.getSchema().get("items") == null;
  }

  /** Returns the error for one value of a list in a query. */
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

  /** Shortens a value for an error message. The JSON encoder escapes special characters. */
  public static String shown(String value) {
    if (value.isEmpty()) {
      return "nothing";
    }
    if (value.length() <= SHOWN) {
      return value;
    }
    // Don't split a surrogate pair: some clients cannot print half of one.
    boolean halved = Character.isHighSurrogate(value.charAt(SHOWN - 1));
    return value.substring(0, halved ? SHOWN - 1 : SHOWN) + "…";
  }

  private static JsonObject schema(Parameter parameter) {
    JsonObject schema = new JsonObject();
    parameter.getSchema().fieldNames().forEach(f -> schema.put(f, parameter.getSchema().get(f)));
    return schema;
  }

  /** Describes the error in a body: the location and message of the innermost schema violation. */
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

  /** Describes in words what the schema expects. */
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
    if ("date-time".equals(schema.getString("format"))) {
      return TIME;
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
