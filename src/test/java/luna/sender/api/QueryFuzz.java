package luna.sender.api;

import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.with;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatedRequestImpl;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.filter.NaiveFilter;
import luna.sender.testing.CpuLimit;
import luna.sender.testing.TestContract;
import luna.sender.testing.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * Parses arbitrary queries of handshakes. Each is rejected with an error that names the fault, or
 * its filter decides as the naive filter does, on events that nearly match.
 *
 * <p>Errors: {@link AssertionError} if the two differ, and those of {@link CpuLimit}; any other
 * exception is a bug of the parser.
 *
 * <p>Owner: used by one thread.
 */
public final class QueryFuzz {
  private static final String HANDLER = "557d54ec-29ad-4f3c-93b4-c9092ef12515";
  private static final int EVENTS = 4;

  private static final Config CONFIG = ConfigLoader.load(null, Map.of());
  private static final ContractValidator VALIDATOR = validator();

  private QueryFuzz() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    CpuLimit.check(() -> check(bytes));
  }

  private static void check(byte[] bytes) {
    // As Netty decodes it.
    String query = new String(bytes, StandardCharsets.ISO_8859_1);
    Map<String, RequestParameter> values;
    try {
      values = VALIDATOR.query(query);
    } catch (ApiException refusal) {
      String what = String.valueOf(refusal.getMessage());
      require(refusal.error() == ApiError.BAD_QUERY, refusal.error(), ApiError.BAD_QUERY);
      require(what.contains("(expected: ") && what.endsWith(")"), what, "what was expected");
      require(what.length() < 400, what, "a short text");
      return;
    }
    ParsedQuery parsedQuery = parsed(query, values, 0);
    String headers = parsedQuery.ignored() + parsedQuery.warnings();
    require(headers.chars().allMatch(c -> c >= ' ' && c < 127), parsedQuery, "printable ASCII");
    require(headers.length() <= 4096, parsedQuery, "short headers");
    requireStrict(query, values, parsedQuery);
    JsonObject naive = naive(query, values);
    Random random = new Random(query.hashCode());
    for (int i = 0; i < EVENTS; i++) {
      JsonObject event = eventFor(naive, random);
      String handler = handlerFor(naive, random);
      Event parsed = parsed(event, handler);
      boolean passes = parsedQuery.options().filter().matches(parsed);
      require(passes == NaiveFilter.passes(naive, event, handler), passes + ": " + event, naive);
    }
  }

  private static ParsedQuery parsed(
      String query, Map<String, RequestParameter> values, int strict) {
    Map<String, RequestParameter> all = new HashMap<>(values);
    all.put("strict", new RequestParameterImpl(strict));
    return ParsedQuery.of(
        query,
        new ValidatedRequestImpl(Map.of(), Map.of(), Map.of(), all),
        TestContract.FILTERS,
        CONFIG.ws());
  }

  /** A query is rejected with strict=1 if and only if something is odd about it. */
  private static void requireStrict(
      String query, Map<String, RequestParameter> values, ParsedQuery lenient) {
    boolean odd =
        !UnknownParameters.of(QueryString.of(query), values.keySet()).names().isEmpty()
            || !lenient.warnings().isEmpty();
    try {
      parsed(query, values, 1);
      require(!odd, lenient, "a rejection");
    } catch (ApiException rejection) {
      String what = String.valueOf(rejection.getMessage());
      require(odd, what, "no rejection");
      require(what.endsWith(")") && what.length() < 400, what, "a short text");
    }
  }

  private static ContractValidator validator() {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    Contract contract = Waiting.await(Contract.load(vertx, List.of()));
    Waiting.await(vertx.close());
    return new ContractValidator(contract.openApi(), contract.openApi().operation("ws"));
  }

  /** Parses the query again, with no code of the service except the names and types. */
  private static JsonObject naive(String query, Map<String, RequestParameter> known) {
    JsonObject naive = new JsonObject();
    for (String pair : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      String name = decoded(parts[0]);
      if (name == null || !known.containsKey(name)) {
        continue;
      }
      if (name.equals("slow")
          || name.equals("gaps")
          || name.equals("stats")
          || name.equals("strict")
          || name.equals("account_id")) {
        // These are not filters.
        continue;
      }
      String raw = parts.length == 1 ? "" : parts[1];
      if (name.endsWith("__gte") || name.endsWith("__lt") || name.equals("gender")) {
        naive.put(name, Double.valueOf(decoded(raw)));
        continue;
      }
      JsonArray items = naive.getJsonArray(name, new JsonArray());
      for (String item : raw.split(",", -1)) {
        boolean code = List.of("ethnic_groups", "liveness", "masks", "emotions").contains(name);
        items.add(code ? (Object) Integer.valueOf(decoded(item)) : decoded(item));
      }
      naive.put(name, items);
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
  private static JsonObject eventFor(JsonObject query, Random random) {
    String basic = "face_attributes.basic_attributes.";
    String face = "aggregate_estimations.face.attributes.";
    Map<String, String> places = new HashMap<>();
    places.put("sources", "source");
    places.put("cities", "location.city");
    places.put("areas", "location.area");
    places.put("districts", "location.district");
    places.put("streets", "location.street");
    places.put("house_numbers", "location.house_number");
    places.put("gender", basic + "gender");
    places.put("age__gte", basic + "age");
    places.put("age__lt", basic + "age");
    places.put("ethnic_groups", basic + "ethnicities.predominant_ethnicity");
    places.put("liveness", face + "liveness.prediction");
    places.put("masks", face + "mask.predominant_mask");
    places.put("emotions", face + "emotions.predominant_emotion");
    JsonObject event = new JsonObject();
    String label = "another";
    double similarity = 0.5;
    for (Map.Entry<String, Object> clause : query) {
      Object value = near(clause.getValue(), random);
      if (random.nextInt(8) == 0) {
        continue;
      }
      switch (clause.getKey()) {
        case "tags" -> event.put("tags", tags((JsonArray) clause.getValue(), random));
        case "matching_candidates_labels" -> label = String.valueOf(value);
        case "object_similarity__gte", "object_similarity__lt" ->
            similarity = ((Number) value).doubleValue();
        case "handler_ids" -> {
          // The handler id is beside the event.
        }
        default -> with(event, places.get(clause.getKey()), value);
      }
    }
    return event.put("matches", new JsonArray().add(match(label, similarity)));
  }

  private static JsonArray tags(JsonArray wanted, Random random) {
    JsonArray tags = new JsonArray().add("another");
    wanted.forEach(
        tag -> {
          if (random.nextInt(20) != 0) {
            tags.add(tag);
          }
        });
    return tags;
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

  private static String handlerFor(JsonObject query, Random random) {
    JsonArray handlers = query.getJsonArray("handler_ids");
    return handlers == null || random.nextInt(3) == 0
        ? HANDLER
        : handlers.getString(random.nextInt(handlers.size()));
  }

  private static Event parsed(JsonObject event, String handler) {
    JsonObject payload =
        new JsonObject().put("events", new JsonArray().add(event)).put("handler_id", handler);
    return ParsedEvents.of(payload.encode()).get(0);
  }

  private static void require(boolean holds, Object is, Object expected) {
    if (!holds) {
      throw new AssertionError(is + " (expected: " + expected + ")");
    }
  }
}
