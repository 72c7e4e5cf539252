package luna.sender.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import luna.sender.cli.bench.TreeFilter;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.filter.FilterContract;
import luna.sender.filter.FilterParameter;
import luna.sender.filter.NaiveFilter;
import luna.sender.filter.RandomContracts;
import luna.sender.testing.CpuLimit;
import luna.sender.testing.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * Parses arbitrary queries of handshakes. Each is rejected with an error that names the fault, or
 * its filter decides as the naive filter does, on events that nearly match. The same is checked for
 * random contracts, with {@link TreeFilter} as the reference.
 *
 * <p>Errors: {@link AssertionError} if the two differ, and those of {@link CpuLimit}; any other
 * exception is a bug of the parser.
 *
 * <p>Owner: used by one thread.
 */
public final class QueryFuzz {
  private static final String HANDLER = "557d54ec-29ad-4f3c-93b4-c9092ef12515";
  private static final int EVENTS = 4;
  private static final int RANDOM_CONTRACTS = 3;

  private static final Config CONFIG = ConfigLoader.load(null, Map.of());
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<Target> TARGETS = targets();

  /**
   * A contract.
   *
   * @param shipped whether it is {@code openapi.yaml}
   */
  private record Target(ContractValidator validator, FilterContract filters, boolean shipped) {
    static Target of(OpenAPIContract openApi, FilterContract filters, boolean shipped) {
      Operation operation = openApi.operation("ws");
      ContractValidator validator =
          new ContractValidator(operation, ParameterRule.of(openApi, operation));
      return new Target(validator, filters, shipped);
    }
  }

  private QueryFuzz() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    // As Netty decodes it.
    String query = new String(bytes, StandardCharsets.ISO_8859_1);
    TARGETS.forEach(target -> CpuLimit.check(() -> check(target, query)));
  }

  private static void check(Target target, String query) {
    Map<String, RequestParameter> values;
    try {
      values = new HashMap<>(target.validator.query(query));
    } catch (ApiException refusal) {
      String what = String.valueOf(refusal.getMessage());
      require(refusal.error() == ApiError.BAD_QUERY, refusal.error(), ApiError.BAD_QUERY);
      require(what.contains("(expected: ") && what.endsWith(")"), what, "what was expected");
      require(what.length() < 400, what, "a short text");
      return;
    }
    values.putIfAbsent("strict", new RequestParameterImpl(null));
    ParsedQuery parsedQuery = parsed(target, query, values, 0);
    String headers = parsedQuery.ignored() + parsedQuery.warnings();
    require(headers.chars().allMatch(c -> c >= ' ' && c < 127), parsedQuery, "printable ASCII");
    require(headers.length() <= 4096, parsedQuery, "short headers");
    requireStrict(target, query, values, parsedQuery);
    JsonObject naive = naive(query, target.filters);
    Random random = new Random(query.hashCode());
    for (int i = 0; i < EVENTS; i++) {
      JsonObject event = eventFor(naive, target.filters, random);
      String handler = handlerFor(naive, target.filters, random);
      JsonObject message = JsonObject.of("event", event, "handler_id", handler);
      boolean passes = parsedQuery.options().filter().matches(parsed(message, target.filters));
      boolean expected =
          target.shipped
              ? NaiveFilter.passes(naive, event, handler)
              : new TreeFilter(target.filters.parameters(), naive).passes(tree(message));
      require(passes == expected, passes + ": " + message, naive);
    }
  }

  private static ParsedQuery parsed(
      Target target, String query, Map<String, RequestParameter> values, int strict) {
    Map<String, RequestParameter> all = new HashMap<>(values);
    all.put("strict", new RequestParameterImpl(strict));
    return ParsedQuery.of(
        query, new ValidatedRequestImpl(Map.of(), Map.of(), Map.of(), all), target.filters, CONFIG);
  }

  /** A query is rejected with strict=1 if and only if something is odd about it. */
  private static void requireStrict(
      Target target, String query, Map<String, RequestParameter> values, ParsedQuery lenient) {
    boolean odd =
        !UnknownParameters.of(QueryString.of(query), values.keySet()).names().isEmpty()
            || !lenient.warnings().isEmpty();
    try {
      parsed(target, query, values, 1);
      require(!odd, lenient, "a rejection");
    } catch (ApiException rejection) {
      String what = String.valueOf(rejection.getMessage());
      require(odd, what, "no rejection");
      require(what.endsWith(")") && what.length() < 400, what, "a short text");
    }
  }

  private static List<Target> targets() {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    List<Target> targets = new ArrayList<>();
    Contract contract = Waiting.await(Contract.load(vertx, List.of()));
    targets.add(Target.of(contract.openApi(), contract.filters(), true));
    for (int seed = 1; seed <= RANDOM_CONTRACTS; seed++) {
      JsonObject document = RandomContracts.document(new Random(seed));
      FilterContract filters = FilterContract.of(document);
      targets.add(Target.of(Waiting.await(OpenAPIContract.from(vertx, document)), filters, false));
    }
    Waiting.await(vertx.close());
    return targets;
  }

  /** Parses the query again, with no code of the service except the names and kinds. */
  private static JsonObject naive(String query, FilterContract contract) {
    Map<String, FilterParameter> filters = new HashMap<>();
    contract.parameters().forEach(filter -> filters.put(filter.name(), filter));
    JsonObject naive = new JsonObject();
    for (String pair : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      FilterParameter filter = filters.get(decoded(parts[0]));
      if (filter == null) {
        continue;
      }
      String raw = parts.length == 1 ? "" : parts[1];
      switch (filter.kind()) {
        case GTE, LT -> naive.put(filter.name(), Double.valueOf(decoded(raw)));
        case CODE -> naive.put(filter.name(), Integer.valueOf(decoded(raw)));
        case ANY_OF, ALL_OF, CODES -> {
          JsonArray items = naive.getJsonArray(filter.name(), new JsonArray());
          for (String item : raw.split(",", -1)) {
            boolean code = filter.kind() == FilterParameter.Kind.CODES;
            items.add(code ? (Object) Integer.valueOf(decoded(item)) : decoded(item));
          }
          naive.put(filter.name(), items);
        }
      }
    }
    return naive;
  }

  /** Decodes percent-encoding; returns null if it is invalid. */
  private static @Nullable String decoded(String raw) {
    ByteBuffer bytes = ByteBuffer.allocate(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        String digits = raw.substring(i + 1, Math.min(raw.length(), i + 3));
        if (!digits.matches("[0-9a-fA-F]{2}")) {
          return null;
        }
        bytes.put((byte) Integer.parseInt(digits, 16));
        i += 2;
      } else {
        bytes.put((byte) (raw.charAt(i) == '+' ? ' ' : raw.charAt(i)));
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }

  /** Returns an event that matches most of the query. */
  private static JsonObject eventFor(JsonObject query, FilterContract contract, Random random) {
    JsonObject event = new JsonObject();
    for (FilterParameter filter : contract.parameters()) {
      Object wanted = query.getValue(filter.name());
      if (wanted == null || random.nextInt(8) == 0) {
        continue;
      }
      if (filter.kind() != FilterParameter.Kind.ALL_OF) {
        RandomContracts.place(event, filter, near(wanted, random), random);
        continue;
      }
      for (Object text : (JsonArray) wanted) {
        if (random.nextInt(20) != 0) {
          RandomContracts.place(event, filter, text, random);
        }
      }
    }
    return event;
  }

  /** Returns one of the values, or one close to it. */
  private static Object near(Object wanted, Random random) {
    Object value =
        wanted instanceof JsonArray list ? list.getValue(random.nextInt(list.size())) : wanted;
    if (value instanceof Double bound) {
      return switch (random.nextInt(4)) {
        case 0 -> Math.nextDown(bound);
        case 1 -> Math.nextUp(bound);
        default -> bound;
      };
    }
    return value;
  }

  private static String handlerFor(JsonObject query, FilterContract contract, Random random) {
    for (FilterParameter filter : contract.parameters()) {
      JsonArray wanted =
          filter.attribute().event().path().equals("handler_id")
              ? query.getJsonArray(filter.name())
              : null;
      if (wanted != null && random.nextInt(3) > 0) {
        return wanted.getString(random.nextInt(wanted.size()));
      }
    }
    return HANDLER;
  }

  private static Event parsed(JsonObject message, FilterContract contract) {
    JsonObject payload =
        JsonObject.of(
            "events",
            JsonArray.of(message.getValue("event")),
            "handler_id",
            message.getValue("handler_id"));
    return ParsedEvents.of(contract.events(), payload.encode()).get(0);
  }

  private static JsonNode tree(JsonObject message) {
    try {
      return JSON.readTree(message.encode());
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void require(boolean holds, Object is, Object expected) {
    if (!holds) {
      throw new AssertionError(is + " (expected: " + expected + ")");
    }
  }
}
