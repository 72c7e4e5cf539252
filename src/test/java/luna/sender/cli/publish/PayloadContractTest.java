package luna.sender.cli.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.ContractAttributes;
import luna.sender.testing.ContractText;
import luna.sender.testing.TestContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the schemas of the contract with the service, for each field and each type of JSON: both
 * accept the same payloads, and the resulting frames match their schema too.
 */
final class PayloadContractTest {
  /** Values of each type, including those that are easily confused with another type. */
  private static final List<String> VALUES =
      List.of(
          "null",
          "\"\"",
          "\"x\"",
          "\"7\"",
          "0",
          "-1",
          "7",
          "1.50",
          "1e400",
          "12345678901234567890",
          "true",
          "false",
          "{}",
          "{\"a\":1}",
          "[]",
          "[1]",
          "[{}]",
          "[{},{\"a\":null}]",
          "[{},7]",
          "[null]",
          "[[]]",
          "[\"x\"]");

  private static final List<String> FIELDS =
      List.of(
          "handler_id",
          "Luna-Request-Id",
          "events",
          "event_create_time",
          "event_end_time",
          "other");
  private static final String EVENT = "Event";

  private final PayloadSchema schema = new PayloadSchema();

  static Stream<String> payloads() {
    List<String> payloads = new ArrayList<>(VALUES);
    payloads.add("{}");
    for (String field : FIELDS) {
      String events = field.equals("events") ? "" : ",\"events\":[{}]";
      for (String value : VALUES) {
        payloads.add("{\"%s\":%s%s}".formatted(field, value, events));
        // The other fields are before and after.
        payloads.add(
            "{\"handler_id\":\"h\",\"Luna-Request-Id\":\"r\",\"event_create_time\":\"c\"%s,\"%s\":%s}"
                .formatted(events, field, value));
        // The last duplicate counts.
        for (String last : List.of("null", "\"x\"", "7", "[{\"n\":1}]", "true", "{}")) {
          payloads.add("{\"%s\":%s%s,\"%s\":%s}".formatted(field, value, events, field, last));
        }
      }
    }
    return payloads.stream();
  }

  @Test
  void serviceAcceptsExactlyWhatTheContractAllows() throws IOException {
    int taken = 0;
    int refused = 0;
    for (String payload : payloads().toList()) {
      boolean object = payload.startsWith("{");
      boolean allowed = object && schema.payload(payload.getBytes(UTF_8)) == null;
      List<Event> events = events(payload);
      boolean whole = events != null && events.size() == count(payload);
      assertThat(whole).as(payload).isEqualTo(allowed);
      for (Event event : events == null ? List.<Event>of() : events) {
        byte[] frame = ParsedEvents.text(event);
        assertThat(schema.frame(frame)).as(payload + " -> " + new String(frame, UTF_8)).isNull();
      }
      taken += allowed ? 1 : 0;
      refused += allowed ? 0 : 1;
    }
    assertThat(taken).isGreaterThan(200);
    assertThat(refused).isGreaterThan(200);
  }

  /**
   * An event is never rejected because of its content, but filters read only values of the
   * documented types.
   */
  @ParameterizedTest
  @MethodSource("eventPaths")
  void valueInAnEventIsReadIfItsTypeIsThatOfTheContract(String path) throws IOException {
    for (String value : VALUES) {
      String event = event(path, value);
      String payload = "{\"events\":[" + event + "]}";
      List<Event> events = requireNonNull(events(payload), payload);
      assertThat(events).as(payload).hasSize(1);
      byte[] frame = ParsedEvents.text(events.get(0));
      assertThat(new String(frame, UTF_8)).startsWith("{\"event\":" + event + ",\"handler_id\":");
      boolean allowed = schema.event(event.getBytes(UTF_8)) == null;
      assertThat(schema.payload(payload.getBytes(UTF_8)) == null).as(payload).isEqualTo(allowed);
      assertThat(schema.frame(frame) == null).as(payload).isEqualTo(allowed);
      if (!allowed) {
        assertThat(ContractAttributes.of(events.get(0).attributes()))
            .as(payload)
            .isEqualTo(ContractAttributes.NONE);
      }
    }
  }

  /** The reverse: every type of value that a filter reads is in the contract. */
  @Test
  void everyTypeThatAFilterReadsIsInTheContract() throws IOException {
    Map<String, JsonObject> wanted =
        Map.of(
            "sources", new JsonObject().put("sources", JsonArray.of("x")),
            "gender", new JsonObject().put("gender", 1),
            "masks", new JsonObject().put("masks", JsonArray.of(1)),
            "emotions", new JsonObject().put("emotions", JsonArray.of(1)),
            "liveness", new JsonObject().put("liveness", JsonArray.of(1)),
            "ethnic_groups", new JsonObject().put("ethnic_groups", JsonArray.of(1)),
            "age__gte", new JsonObject().put("age__gte", 1),
            "tags", new JsonObject().put("tags", JsonArray.of("x")),
            "house_numbers", new JsonObject().put("house_numbers", JsonArray.of("x")));
    String attributes = "aggregate_estimations.face.attributes.";
    String basic = "face_attributes.basic_attributes.";
    Map<String, String> paths =
        Map.of(
            "sources", "source",
            "gender", basic + "gender",
            "masks", attributes + "mask.predominant_mask",
            "emotions", attributes + "emotions.predominant_emotion",
            "liveness", attributes + "liveness.prediction",
            "ethnic_groups", basic + "ethnicities.predominant_ethnicity",
            "age__gte", basic + "age",
            "tags", "tags",
            "house_numbers", "location.house_number");
    List<String> values =
        List.of(
            "1",
            "1.0",
            "\"x\"",
            "\"missing\"",
            "\"anger\"",
            "\"real\"",
            "\"african_american\"",
            "\"1\"",
            "true",
            "[\"x\"]",
            "[1]",
            "{\"x\":1}",
            "null");
    int read = 0;
    for (Map.Entry<String, JsonObject> filter : wanted.entrySet()) {
      for (String value : values) {
        String event = event(requireNonNull(paths.get(filter.getKey())), value);
        Event parsed = ParsedEvents.of("{\"events\":[" + event + "]}").get(0);
        if (TestContract.FILTERS.filter(filter.getValue()).matches(parsed)) {
          read++;
          assertThat(schema.event(event.getBytes(UTF_8))).as(event).isNull();
        }
      }
    }
    // An estimation has a name and two forms of a number; other fields have one form.
    assertThat(read).isEqualTo(4 * 3 + 2 + 2 + 3);
  }

  @Test
  void publishAcceptsWhatTheServiceAccepts() throws Exception {
    PayloadBuilder wrapping = new PayloadBuilder(Clock.systemUTC());
    List<byte[]> published = new ArrayList<>();
    byte[] marked = "\ufeff{\"event_id\":\"ä\"}\n{\"events\":[{\"n\":1}]}".getBytes(UTF_8);
    ItemReader.read(
        "test",
        new ByteArrayInputStream(marked),
        item -> published.add(requireNonNull(wrapping.wrap("test", item)).json()));
    assertThat(published).hasSize(2);
    assertThat(new String(published.get(0), UTF_8)).contains("[{\"event_id\":\"ä\"}]");
    assertThat(new String(published.get(1), UTF_8)).isEqualTo("{\"events\":[{\"n\":1}]}");
    for (byte[] payload : published) {
      assertThat(ParsedEvents.of(new String(payload, UTF_8))).hasSize(1);
    }
  }

  @Test
  void publishHasTheNestingLimitOfTheService() throws Exception {
    PayloadBuilder wrapping = new PayloadBuilder(Clock.systemUTC());
    List<String> payloads =
        List.of(
            "{\"events\":[{\"n\":" + "7".repeat(5_000) + "}]}",
            "{\"events\":[{\"" + "n".repeat(100_000) + "\":\"" + "x".repeat(100_000) + "\"}]}",
            "{\"events\":[{\"n\":" + "[".repeat(125) + "]".repeat(125) + "}]}");
    for (String payload : payloads) {
      List<byte[]> published = new ArrayList<>();
      ItemReader.read(
          "test",
          new ByteArrayInputStream(payload.getBytes(UTF_8)),
          item -> published.add(requireNonNull(wrapping.wrap("test", item)).json()));
      assertThat(published).hasSize(1);
      assertThat(events(new String(published.get(0), UTF_8))).hasSize(1);
    }
    String deep = "{\"events\":[{\"n\":" + "[".repeat(126) + "]".repeat(126) + "}]}";
    assertThat(events(deep)).isNull();
    assertThatThrownBy(
            () ->
                ItemReader.read("test", new ByteArrayInputStream(deep.getBytes(UTF_8)), item -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("128");
  }

  /**
   * Returns every property of the schema of an event, including nested ones; {@code [} is an array
   * with one element.
   */
  static Stream<String> eventPaths() {
    Set<String> paths = new TreeSet<>();
    collect(
        ContractText.document().getJsonObject("components").getJsonObject("schemas"),
        EVENT,
        "",
        paths);
    assertThat(paths).contains("source", "tags", "matches[.candidates[.similarity");
    return paths.stream();
  }

  private static void collect(JsonObject schemas, String name, String prefix, Set<String> paths) {
    JsonObject properties = schemas.getJsonObject(name).getJsonObject("properties");
    for (String property : properties == null ? Set.<String>of() : properties.fieldNames()) {
      paths.add(prefix + property);
      JsonObject value = properties.getJsonObject(property);
      String inner = reference(value);
      String element = value.containsKey("items") ? reference(value.getJsonObject("items")) : null;
      if (inner != null) {
        collect(schemas, inner, prefix + property + ".", paths);
      } else if (element != null) {
        paths.add(prefix + property + "[");
        collect(schemas, element, prefix + property + "[.", paths);
      }
    }
  }

  private static @Nullable String reference(JsonObject value) {
    JsonObject holder =
        value.containsKey("oneOf") ? value.getJsonArray("oneOf").getJsonObject(0) : value;
    String reference = holder.getString("$ref");
    return reference == null ? null : reference.substring(reference.lastIndexOf('/') + 1);
  }

  private static String event(String path, String value) {
    String[] keys = path.split("\\.", -1);
    String json = value;
    for (int i = keys.length - 1; i >= 0; i--) {
      boolean array = keys[i].endsWith("[");
      String key = array ? keys[i].substring(0, keys[i].length() - 1) : keys[i];
      json = "{\"" + key + "\":" + (array ? "[" + json + "]" : json) + "}";
    }
    return json;
  }

  /** Returns the events of a payload, or null if the service rejects it. */
  private static @Nullable List<Event> events(String payload) {
    try {
      return ParsedEvents.of(payload);
    } catch (IllegalArgumentException refused) {
      return null;
    }
  }

  private static int count(String payload) {
    Object events = new JsonObject(payload).getValue("events");
    return events instanceof JsonArray array ? array.size() : -1;
  }
}
