package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.RequestValidatorImpl;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Validates the parameters of one operation against the contract's schemas.
 *
 * <p>How: each value is decoded once and converted to the type in the schema. A text that should be
 * a number but isn't stays a string, so that the schema rejects it.
 *
 * <p>Errors: {@link ApiException} that names the parameter, the value, and what the schema expects.
 * It also rejects what a schema cannot express: a parameter given twice, or one that is not
 * percent-encoded UTF-8.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Why not the library's {@link RequestValidatorImpl}: it creates a validator for each value of
 * each request and copies all schemas of the contract each time (measured: 36 % of a handshake's
 * CPU), and it switches to a worker thread and back. Here all event loops share one validator per
 * parameter ({@link ParameterRule}), which is created at startup. This class does not validate a
 * recently valid text again. It limits the number of values in a list before it processes them, and
 * checks each value with {@link ItemSchema}.
 */
final class ContractValidator implements Handler<RoutingContext> {
  private final Operation operation;

  /** The rules of the path and of header fields. */
  private final List<Rule> headRules;

  private final List<Rule> queryRules;

  /** Parsed queries by raw text. Most clients send the same query as another client. */
  private final LruCache<Map<String, RequestParameter>> queries = new LruCache<>();

  /** A parameter and a cache of recently valid values. */
  private record Rule(ParameterRule schema, LruCache<RequestParameter> recent) {
    Parameter parameter() {
      return schema.parameter();
    }

    String name() {
      return schema.parameter().getName();
    }
  }

  /**
   * @param rules those of the operation's parameters
   */
  ContractValidator(Operation operation, List<ParameterRule> rules) {
    this.operation = operation;
    Map<Boolean, List<Rule>> byPlace =
        rules.stream()
            .map(rule -> new Rule(rule, new LruCache<>()))
            .collect(Collectors.partitioningBy(rule -> rule.parameter().getIn() == Location.QUERY));
    this.headRules = byPlace.getOrDefault(false, List.of());
    this.queryRules = byPlace.getOrDefault(true, List.of());
  }

  @Override
  public void handle(RoutingContext context) {
    RequestState state = RequestState.of(context);
    state.operation(operation);
    Map<String, RequestParameter> headers = new HashMap<>();
    Map<String, RequestParameter> paths = new HashMap<>();
    for (Rule rule : headRules) {
      switch (rule.parameter().getIn()) {
        case HEADER -> headers.put(rule.name(), single(rule, header(context, rule)));
        case PATH -> paths.put(rule.name(), single(rule, context.pathParam(rule.name())));
        default -> throw new IllegalStateException(rule.name() + ": " + rule.parameter().getIn());
      }
    }
    String query = context.request().query() == null ? "" : context.request().query();
    String shared = StartParameters.without(query);
    Map<String, RequestParameter> values = queries.get(shared, this::query);
    if (shared.length() != query.length()) {
      values = new HashMap<>(values);
      addStart(values, QueryString.of(query));
    }
    state.validated(new ValidatedRequestImpl(Map.of(), headers, paths, values));
    context.next();
  }

  /**
   * Validates the parameters that are not cached, because nearly every client has another value.
   */
  private void addStart(Map<String, RequestParameter> values, QueryString query) {
    for (Rule rule : queryRules) {
      if (StartParameters.NAMES.contains(rule.name())) {
        String raw = raw(rule, query.rawValues(rule.name()));
        values.put(rule.name(), raw == null ? absent(rule) : value(rule, raw));
      }
    }
  }

  /** Parses and validates a query string on its own, without an HTTP request. */
  Map<String, RequestParameter> query(String text) {
    QueryString query = QueryString.of(text);
    Map<String, RequestParameter> values = new HashMap<>();
    for (Rule rule : queryRules) {
      String raw = raw(rule, query.rawValues(rule.name()));
      values.put(rule.name(), raw == null ? absent(rule) : value(rule, raw));
    }
    return Map.copyOf(values);
  }

  /**
   * Joins the values of a list parameter that is given several times. Its limits apply to the
   * joined list.
   */
  private static @Nullable String raw(Rule rule, List<String> texts) {
    return rule.schema.type().equals("array") && texts.size() > 1
        ? String.join(",", texts)
        : once(rule, texts, ApiError.BAD_QUERY);
  }

  private static RequestParameter single(Rule rule, @Nullable String text) {
    return text == null
        ? absent(rule)
        : rule.recent.get(text, given -> valid(rule, typed(rule.schema.type(), given), given));
  }

  private static RequestParameter absent(Rule rule) {
    if (rule.parameter().isRequired()) {
      throw new ApiException(ApiError.REQUIRED_MISSING, rule.name());
    }
    return new RequestParameterImpl(null);
  }

  /**
   * @param given the text that was converted to the value
   */
  private static RequestParameter valid(Rule rule, Object value, String given) {
    OutputUnit result = rule.schema.validator().validate(value);
    if (!Boolean.TRUE.equals(result.getValid())) {
      throw ParameterError.of(rule.parameter(), given);
    }
    return new RequestParameterImpl(value);
  }

  private static @Nullable String header(RoutingContext context, Rule rule) {
    List<String> lines = context.request().headers().getAll(rule.name());
    // Duplicate single-value fields were rejected before. The lines of any other field form one
    // list.
    return lines.isEmpty() ? null : String.join(", ", lines);
  }

  /** Returns the only text, or null if there is none. */
  private static @Nullable String once(Rule rule, List<String> texts, ApiError fault) {
    if (texts.size() > 1) {
      throw new ApiException(
          fault, rule.name() + ": given " + texts.size() + " times (expected: once)");
    }
    return texts.isEmpty() ? null : texts.get(0);
  }

  private static RequestParameter value(Rule rule, String raw) {
    return rule.schema.items() == null
        ? valid(rule, typed(rule.schema.type(), decode(rule.name(), raw)), raw)
        : new RequestParameterImpl(items(rule, rule.schema.items(), raw));
  }

  private static JsonArray items(Rule rule, ItemSchema schema, String raw) {
    if (raw.chars().filter(c -> c == ',').count() >= rule.schema.maxItems()) {
      throw ParameterError.of(rule.parameter(), raw);
    }
    JsonArray items = new JsonArray();
    int start = 0;
    while (start <= raw.length()) {
      int comma = raw.indexOf(',', start);
      int end = comma < 0 ? raw.length() : comma;
      String rawItem = raw.substring(start, end);
      Object item = typed(rule.schema.itemType(), decode(rule.name(), rawItem));
      if (!schema.accepts(item)) {
        throw ParameterError.ofItem(rule.parameter(), rawItem);
      }
      items.add(item);
      start = end + 1;
    }
    return items;
  }

  private static String decode(String name, String raw) {
    String decoded = QueryString.decode(raw);
    if (decoded == null) {
      throw new ApiException(ApiError.BAD_QUERY, QueryString.fault(name, raw));
    }
    return decoded;
  }

  private static Object typed(@Nullable String type, String value) {
    if ("integer".equals(type) && NumberSyntax.isInteger(value)) {
      long number = Long.parseLong(value);
      if (number == (int) number) {
        return (int) number;
      }
      return number;
    }
    if ("number".equals(type) && NumberSyntax.isNumber(value)) {
      return Double.parseDouble(value);
    }
    return value;
  }
}
