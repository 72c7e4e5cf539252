package luna.sender.filter;

import static luna.sender.filter.Trial.filter;
import static luna.sender.filter.Trial.list;
import static luna.sender.filter.Trial.parsed;
import static luna.sender.filter.Trial.passes;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import luna.sender.event.ParsedEvents;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which attribute each filter reads, and which values pass. */
final class EventFilterTest {
  private static final String AGE = "face_attributes.basic_attributes.age";
  private static final String GENDER = "face_attributes.basic_attributes.gender";
  private static final String ETHNICITY =
      "face_attributes.basic_attributes.ethnicities.predominant_ethnicity";
  private static final String FACE = "aggregate_estimations.face.attributes.";
  private static final String HANDLER = "557d54ec-29ad-4f3c-93b4-c9092ef12515";

  /** A filter's parameter, a value for it, the event's attribute, and a value that passes. */
  static Stream<Arguments> filters() {
    JsonArray match = new JsonArray().add(match("known", 0.5));
    return Stream.of(
        Arguments.of("sources", list("a", "b"), "source", "b"),
        Arguments.of("matching_candidates_labels", list("x", "known"), "matches", match),
        Arguments.of("object_similarity__gte", 0.5, "matches", match),
        Arguments.of("object_similarity__lt", 0.6, "matches", match),
        Arguments.of("age__gte", 18, AGE, 18),
        Arguments.of("age__lt", 50, AGE, 49),
        Arguments.of("gender", 1, GENDER, 1),
        Arguments.of("ethnic_groups", list(2, 3), ETHNICITY, "asian"),
        Arguments.of("liveness", list(0, 2), FACE + "liveness.prediction", "unknown"),
        Arguments.of("masks", list(3), FACE + "mask.predominant_mask", "occluded"),
        Arguments.of("emotions", list(1, 7), FACE + "emotions.predominant_emotion", "surprise"),
        Arguments.of("tags", list("a"), "tags", list("b", "a")),
        Arguments.of("cities", list("a", "b"), "location.city", "a"),
        Arguments.of("areas", list("a", "b"), "location.area", "a"),
        Arguments.of("districts", list("a", "b"), "location.district", "a"),
        Arguments.of("streets", list("a", "b"), "location.street", "a"),
        Arguments.of("house_numbers", list("1", "1/2str3"), "location.house_number", "1/2str3"));
  }

  @ParameterizedTest
  @MethodSource("filters")
  void eventWithAListedValuePasses(String name, Object wanted, String path, Object value) {
    assertThat(passes(name, wanted, with(event(), path, value))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("filters")
  void eventWithoutTheAttributeDoesNotPass(String name, Object wanted, String path) {
    assertThat(passes(name, wanted, event())).isFalse();
    String inner = path;
    while (true) {
      for (@Nullable Object odd : odd()) {
        assertThat(passes(name, wanted, with(event(), inner, odd)))
            .as("%s: %s", inner, odd)
            .isFalse();
      }
      if (inner.indexOf('.') < 0) {
        return;
      }
      inner = inner.substring(0, inner.lastIndexOf('.'));
    }
  }

  @ParameterizedTest
  @MethodSource("filters")
  void sameKeyElsewhereInTheEventIsIgnored(String name, Object wanted, String path, Object value) {
    JsonObject event = with(event(), "detections." + path, value);
    with(event, "face.event." + path, value);
    with(event, path + "s", value);
    if (path.indexOf('.') > 0) {
      event.put(path.substring(path.lastIndexOf('.') + 1), value);
    }
    assertThat(passes(name, wanted, event)).isFalse();
  }

  @Test
  void filtersOfThisTestAreThoseOfTheContract() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            EventFilter.class.getClassLoader().getResourceAsStream("openapi.yaml"))) {
      JsonNode parameters = new YAMLMapper().readTree(in).at("/components/parameters");
      List<String> names = new ArrayList<>();
      parameters.forEach(
          parameter -> {
            if (parameter.has("x-event-field")) {
              names.add(parameter.path("name").asText());
            }
          });
      List<String> tested = new ArrayList<>(List.of("handler_ids"));
      filters().forEach(filter -> tested.add((String) filter.get()[0]));
      assertThat(tested).hasSize(18).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void everyEventPassesWithoutAFilter() {
    assertThat(passes(new JsonObject(), event())).isTrue();
    assertThat(EventFilter.ALL).isEqualTo(filter(new JsonObject().put("no_filter", 1)));
  }

  @Test
  void filtersCombineByAnd() {
    JsonObject query = new JsonObject().put("sources", list("a")).put("gender", 1);
    assertThat(passes(query, with(with(event(), "source", "a"), GENDER, 1))).isTrue();
    assertThat(passes(query, with(with(event(), "source", "a"), GENDER, 0))).isFalse();
    assertThat(passes(query, with(with(event(), "source", "b"), GENDER, 1))).isFalse();
    assertThat(passes(query, with(event(), "source", "a"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'handler_id':null}", "{'handler_id':7}", "{'handler_id':''}"})
  void messageWithoutAHandlerIdDoesNotPass(String envelope) {
    String payload =
        new JsonObject(envelope.replace('\'', '"'))
            .put("events", list(with(event(), "handler_id", HANDLER)))
            .encode();
    JsonObject query = new JsonObject().put("handler_ids", list(HANDLER));
    assertThat(filter(query).matches(ParsedEvents.of(payload).get(0))).isFalse();
  }

  @ParameterizedTest
  @MethodSource("filters")
  void filtersOfTheSameValuesAreEqualAndOthersAreNot(String name, Object value) {
    JsonObject query = new JsonObject().put(name, value);
    JsonObject same = query.copy();
    if (value instanceof JsonArray values) {
      JsonArray twice = new JsonArray();
      for (int i = values.size() - 1; i >= 0; i--) {
        twice.add(values.getValue(i)).add(values.getValue(i));
      }
      same.put(name, twice);
    }
    assertThat(filter(same)).isEqualTo(filter(query)).hasSameHashCodeAs(filter(query));
    assertThat(filter(query)).isNotEqualTo(EventFilter.ALL);
    filters()
        .filter(other -> !other.get()[0].equals(name))
        .forEach(
            other ->
                assertThat(filter(new JsonObject().put((String) other.get()[0], other.get()[1])))
                    .isNotEqualTo(filter(query)));
  }

  @Test
  void filterKeepsNoReferenceToItsQuery() {
    JsonArray cities = list("Moscow");
    EventFilter filter = filter(new JsonObject().put("cities", cities));
    cities.add("Paris");
    assertThat(filter.matches(parsed(with(event(), "location.city", "Paris")))).isFalse();
  }

  private static List<@Nullable Object> odd() {
    return Arrays.asList(
        null,
        new JsonObject(),
        new JsonArray(),
        list(list("a"), 1, "1", true),
        true,
        "",
        "odd",
        new BigDecimal("1E400"),
        new BigDecimal("-1E400"));
  }
}
