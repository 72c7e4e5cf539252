package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.RequestValidatorImpl;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Validates the requests of one operation by the contract's schemas: the first handler of its
 * route.
 *
 * <p>Shape: values are decoded once and typed by the schema. What should be a number and is none
 * stays a string, so that the schema refuses it.
 *
 * <p>Errors: {@link ApiFailure} that names the parameter, the value, and what the schema expects;
 * or what a schema can't say: given twice, not percent-encoded UTF-8.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Why not the library's {@link RequestValidatorImpl}: for each value of each request it makes a
 * validator anew, copying all schemas of the contract (measured: 36 % of a handshake's CPU), and it
 * hops to a worker thread and back. Here each parameter has its validator from the start, and a
 * text that was valid lately is not validated again.
 */
final class ContractValidator implements Handler<RoutingContext> {
  /** Key of the request's {@link QueryString} in the routing context. */
  static final String QUERY = "luna.query";

  /** Key of the request's {@link Operation}, which a failure handler can't get from the route. */
  static final String OPERATION = "luna.operation";

  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern NUMBER =
      Pattern.compile("-?([0-9]{1,40}(\\.[0-9]{0,40})?|\\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?");

  private final Operation operation;
  private final List<Rule> rules;

  /** What the query says, by raw text: most clients ask for what another has asked for. */
  private final Recent<Map<String, RequestParameter>> queries = new Recent<>();

  /** A parameter, how its text becomes a value, what the value must fit, and what did lately. */
  private record Rule(
      Parameter parameter,
      String type,
      @Nullable String itemType,
      Validator validator,
      Recent<RequestParameter> recent) {
    static Rule of(OpenAPIContract contract, Parameter parameter) {
      JsonObject items = parameter.getSchema().get("items");
      return new Rule(
          parameter,
          parameter.getSchema().get("type"),
          items == null ? null : items.getString("type"),
          contract.getSchemaRepository().validator(parameter.getSchema()),
          new Recent<>());
    }

    String name() {
      return parameter.getName();
    }
  }

  ContractValidator(OpenAPIContract contract, Operation operation) {
    this.operation = operation;
    this.rules =
        operation.getParameters().stream().map(parameter -> Rule.of(contract, parameter)).toList();
  }

  @Override
  public void handle(RoutingContext context) {
    context.put(OPERATION, operation);
    Map<String, RequestParameter> headers = new HashMap<>();
    Map<String, RequestParameter> paths = new HashMap<>();
    for (Rule rule : rules) {
      switch (rule.parameter.getIn()) {
        case HEADER -> headers.put(rule.name(), single(rule, header(context, rule), context));
        case PATH -> paths.put(rule.name(), single(rule, context.pathParam(rule.name()), context));
        case QUERY -> {
          // All at once, below.
        }
        default -> throw new IllegalStateException(rule.name() + ": " + rule.parameter.getIn());
      }
    }
    String query = context.request().query();
    context.put(
        RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST,
        new ValidatedRequestImpl(
            Map.of(),
            headers,
            paths,
            queries.get(query == null ? "" : query, text -> query(text, context))));
    context.next();
  }

  private Map<String, RequestParameter> query(String text, RoutingContext context) {
    QueryString query = QueryString.of(text);
    context.put(QUERY, query);
    Map<String, RequestParameter> values = new HashMap<>();
    for (Rule rule : rules) {
      if (rule.parameter.getIn() == Location.QUERY) {
        values.put(rule.name(), valid(rule, value(query, rule), context));
      }
    }
    return Map.copyOf(values);
  }

  private static RequestParameter single(Rule rule, @Nullable String text, RoutingContext context) {
    return text == null
        ? valid(rule, null, context)
        : rule.recent.get(text, value -> valid(rule, typed(rule.type, value), context));
  }

  private static RequestParameter valid(Rule rule, @Nullable Object value, RoutingContext context) {
    if (value == null) {
      if (rule.parameter.isRequired()) {
        throw new ApiFailure(ApiError.REQUIRED_MISSING, rule.name());
      }
      return new RequestParameterImpl(null);
    }
    OutputUnit result = rule.validator.validate(value);
    if (!Boolean.TRUE.equals(result.getValid())) {
      throw ParameterFault.of(rule.parameter, result, context);
    }
    return new RequestParameterImpl(value);
  }

  private static @Nullable String header(RoutingContext context, Rule rule) {
    List<String> values = context.request().headers().getAll(rule.name());
    if (values.size() > 1) {
      throw new ApiFailure(
          ApiError.BAD_HEADER,
          rule.name() + ": given " + values.size() + " times (expected: once)");
    }
    return values.isEmpty() ? null : values.get(0);
  }

  private static @Nullable Object value(QueryString query, Rule rule) {
    List<String> values = query.rawValues(rule.name());
    if (values.isEmpty()) {
      return null;
    }
    if (values.size() > 1) {
      throw new ApiFailure(
          ApiError.BAD_QUERY, rule.name() + ": given " + values.size() + " times (expected: once)");
    }
    if (!rule.type.equals("array")) {
      return typed(rule.type, decode(rule.name(), values.get(0)));
    }
    JsonArray items = new JsonArray();
    for (String raw : values.get(0).split(",", -1)) {
      items.add(typed(rule.itemType, decode(rule.name(), raw)));
    }
    return items;
  }

  private static String decode(String name, String raw) {
    String decoded = QueryString.decode(raw);
    if (decoded == null) {
      throw new ApiFailure(ApiError.BAD_QUERY, QueryString.fault(name, raw));
    }
    return decoded;
  }

  private static Object typed(@Nullable String type, String value) {
    if ("integer".equals(type) && INTEGER.matcher(value).matches()) {
      long number = Long.parseLong(value);
      if (number == (int) number) {
        return (int) number;
      }
      return number;
    }
    if ("number".equals(type) && NUMBER.matcher(value).matches()) {
      return Double.parseDouble(value);
    }
    return value;
  }
}
