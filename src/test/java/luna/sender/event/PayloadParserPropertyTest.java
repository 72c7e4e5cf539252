package luna.sender.event;

import static luna.sender.testing.EventTree.at;
import static luna.sender.testing.EventTree.number;
import static luna.sender.testing.EventTree.outcome;
import static luna.sender.testing.EventTree.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import luna.sender.testing.ContractAttributes;
import luna.sender.testing.EventTree;
import luna.sender.testing.RandomEvents;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** However a payload is written, the bytes of its events and their attributes are found. */
final class PayloadParserPropertyTest {
  private static final String BASIC = "face_attributes.basic_attributes.";
  private static final String FACE = "aggregate_estimations.face.attributes.";

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  void eventsAndTheirAttributesAreFound(
      @ForAll("payloads") List<JsonObject> trees,
      @ForAll("handlers") @Nullable Object handler,
      @ForAll Random random)
      throws MalformedPayloadException {
    List<String> texts = new ArrayList<>();
    for (JsonObject tree : trees) {
      texts.add(OddJson.write(tree, random));
    }
    String written = OddJson.write(handler, random);
    String handlerText = handler instanceof Number ? '"' + written + '"' : written;
    String createText = OddJson.write("2019-08-24T14:15:22/é😀", random);
    Map<String, String> members = new LinkedHashMap<>();
    members.put("events", array(texts, random));
    members.put("handler_id", written);
    members.put("event_create_time", createText);
    members.put("Luna-Request-Id", "\"R\"");
    members.put("more", OddJson.write(trees.get(0), random));
    String payload =
        OddJson.space(random) + OddJson.members(members, random) + OddJson.space(random);

    List<Event> events = ParsedEvents.of(payload);

    assertThat(events).hasSameSizeAs(trees);
    for (int i = 0; i < trees.size(); i++) {
      byte[] frame = ParsedEvents.text(events.get(i));
      assertThat(new String(frame, StandardCharsets.UTF_8))
          .isEqualTo(
              "{\"event\":"
                  + texts.get(i)
                  + ",\"handler_id\":"
                  + handlerText
                  + ",\"event-create-time\":"
                  + createText
                  + ",\"event-end-time\":null,\"Luna-Request-id\":\"R\"}");
      assertThat(StrictJson.isObject(frame)).isTrue();
      assertThat(ContractAttributes.of(events.get(i).attributes()))
          .isEqualTo(attributes(trees.get(i), handler instanceof Number ? written : handler));
    }
  }

  private static String array(List<String> items, Random random) {
    StringBuilder array = new StringBuilder("[");
    for (String item : items) {
      array.append(array.length() == 1 ? "" : ",").append(OddJson.space(random));
      array.append(item).append(OddJson.space(random));
    }
    return array.append(']').toString();
  }

  private static ContractAttributes attributes(JsonObject event, @Nullable Object handler) {
    Integer gender = outcome(at(event, BASIC + "gender"), 0, "female", "male");
    return new ContractAttributes(
        text(event, "source"),
        EventTree.labels(event),
        EventTree.topSimilarity(event),
        number(at(event, BASIC + "age")),
        code(gender),
        code(
            outcome(
                at(event, BASIC + "ethnicities.predominant_ethnicity"),
                1,
                "african_american",
                "indian",
                "asian",
                "caucasian")),
        code(outcome(at(event, FACE + "liveness.prediction"), 0, "spoof", "real", "unknown")),
        code(
            outcome(
                at(event, FACE + "mask.predominant_mask"),
                1,
                "missing",
                "medical_mask",
                "occluded")),
        code(
            outcome(
                at(event, FACE + "emotions.predominant_emotion"),
                1,
                "anger",
                "disgust",
                "fear",
                "happiness",
                "neutral",
                "sadness",
                "surprise")),
        EventTree.tags(event),
        text(event, "location.city"),
        text(event, "location.area"),
        text(event, "location.district"),
        text(event, "location.street"),
        text(event, "location.house_number"),
        handler instanceof String id ? id.toLowerCase(Locale.ROOT) : null);
  }

  private static int code(@Nullable Integer outcome) {
    return outcome == null ? ContractAttributes.ABSENT : outcome;
  }

  @Provide
  Arbitrary<List<JsonObject>> payloads() {
    return RandomEvents.events().list().ofMinSize(1).ofMaxSize(3);
  }

  @Provide
  Arbitrary<@Nullable Object> handlers() {
    return Arbitraries.oneOf(
        RandomEvents.handlers(), Arbitraries.<Object>of("\ud800", "a\"\\/\n\u0000\u2028", 1.5e300));
  }
}
