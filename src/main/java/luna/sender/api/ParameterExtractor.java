package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.json.schema.JsonSchema;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatableRequest;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatableRequestImpl;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes a request's parameters apart for validation: decoded once, typed by the contract's schema.
 *
 * <p>Shape: what is handed on is JSON text: a string in quotes, a number bare. What should be a
 * number and is none is handed on as a string, so that the schema refuses it.
 *
 * <p>Errors: {@link ApiFailure} for what a schema can't say: given twice, not percent-encoded
 * UTF-8.
 *
 * <p>Owner: immutable.
 */
final class ParameterExtractor implements RequestExtractor {
  /** Key of the request's {@link QueryString} in the routing context. */
  static final String QUERY = "luna.query";

  /** Key of the request's {@link Operation}, which a failure handler can't get from the route. */
  static final String OPERATION = "luna.operation";

  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern NUMBER =
      Pattern.compile("-?([0-9]{1,40}(\\.[0-9]{0,40})?|\\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?");

  @Override
  public Future<ValidatableRequest> extractValidatableRequest(
      RoutingContext context, Operation operation) {
    context.put(OPERATION, operation);
    HttpServerRequest request = context.request();
    if (request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true)) {
      request.pause();
      context.addEndHandler(ended -> request.resume());
    }
    try {
      return Future.succeededFuture(extract(context, operation));
    } catch (ApiFailure failure) {
      return Future.failedFuture(failure);
    }
  }

  private static ValidatableRequest extract(RoutingContext context, Operation operation) {
    QueryString query = QueryString.of(context.request().query());
    context.put(QUERY, query);
    Map<String, RequestParameter> headers = new HashMap<>();
    Map<String, RequestParameter> paths = new HashMap<>();
    Map<String, RequestParameter> queries = new HashMap<>();
    for (Parameter parameter : operation.getParameters()) {
      String name = parameter.getName();
      switch (parameter.getIn()) {
        case HEADER -> put(headers, parameter, header(context.request(), name));
        case PATH -> put(paths, parameter, context.pathParam(name));
        case QUERY -> put(queries, parameter, query(query, parameter));
        default -> throw new IllegalStateException(name + ": " + parameter.getIn());
      }
    }
    return new ValidatableRequestImpl(Map.of(), headers, paths, queries);
  }

  private static void put(
      Map<String, RequestParameter> into, Parameter parameter, @Nullable String value) {
    if (value != null) {
      JsonSchema schema = parameter.getSchema();
      boolean array = "array".equals(schema.get("type"));
      into.put(
          parameter.getName(),
          new RequestParameterImpl(array ? value : json(schema.get("type"), value)));
    }
  }

  private static @Nullable String header(HttpServerRequest request, String name) {
    List<String> values = request.headers().getAll(name);
    if (values.size() > 1) {
      throw new ApiFailure(
          ApiError.BAD_HEADER, name + ": given " + values.size() + " times (expected: once)");
    }
    return values.isEmpty() ? null : values.get(0);
  }

  /** A single value decoded, or a list as JSON items between commas. */
  private static @Nullable String query(QueryString query, Parameter parameter) {
    String name = parameter.getName();
    List<String> values = query.rawValues(name);
    if (values.isEmpty()) {
      return null;
    }
    if (values.size() > 1) {
      throw new ApiFailure(
          ApiError.BAD_QUERY, name + ": given " + values.size() + " times (expected: once)");
    }
    JsonSchema schema = parameter.getSchema();
    if (!"array".equals(schema.get("type"))) {
      return decode(name, values.get(0));
    }
    JsonObject itemSchema = schema.get("items");
    StringBuilder items = new StringBuilder();
    for (String raw : values.get(0).split(",", -1)) {
      items.append(items.isEmpty() ? "" : ",");
      // The validator splits at commas, so one inside of a value must not look like one.
      String item = json(itemSchema.getString("type"), decode(name, raw));
      items.append(item.replace(",", "\\u002c"));
    }
    return items.toString();
  }

  private static String decode(String name, String raw) {
    String decoded = QueryString.decode(raw);
    if (decoded == null) {
      throw new ApiFailure(ApiError.BAD_QUERY, QueryString.fault(name, raw));
    }
    return decoded;
  }

  private static String json(@Nullable String type, String value) {
    if ("integer".equals(type) && INTEGER.matcher(value).matches()) {
      return Long.toString(Long.parseLong(value));
    }
    if ("number".equals(type) && NUMBER.matcher(value).matches()) {
      return new BigDecimal(value).toString();
    }
    return Json.encode(value);
  }
}
