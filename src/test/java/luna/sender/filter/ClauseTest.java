package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the explanation of each kind of clause. */
final class ClauseTest {
  private static final String BASIC = "face_attributes.basic_attributes.";
  private static final String FACE = "aggregate_estimations.face.attributes.";

  private final JsonObject event = TestEvents.event("one");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "age__gte | 17 | 17 | 17 is at least 17",
        "age__gte | 18 | 17 | 17 is less than 18",
        "age__lt | 18 | 17 | 17 is less than 18",
        "age__lt | 17 | 17 | 17 is not less than 17",
        "age__gte | 17.5 | 17.25 | 17.25 is less than 17.5",
      })
  void comparisonOfAgeIsExplained(String parameter, double bound, double age, String reason) {
    TestEvents.with(event, BASIC + "age", age);
    assertThat(reason(parameter, bound)).isEqualTo(reason);
  }

  @Test
  void similarityIsTheHighest() {
    event.put(
        "matches",
        new JsonArray().add(TestEvents.match("a", 0.25)).add(TestEvents.match("b", 0.75)));
    assertThat(reason("object_similarity__gte", 0.8)).isEqualTo("0.75 is less than 0.8");
    assertThat(reason("object_similarity__lt", 0.8)).isEqualTo("0.75 is less than 0.8");
  }

  @Test
  void codesHaveTheirNames() {
    TestEvents.with(event, BASIC + "gender", 0);
    TestEvents.with(event, FACE + "emotions.predominant_emotion", "surprise");
    TestEvents.with(event, FACE + "liveness.prediction", "spoof");
    assertThat(reason("gender", 0)).isEqualTo("female is one of: female");
    assertThat(reason("gender", 1)).isEqualTo("female is none of: male");
    assertThat(reason("emotions", array(1, 7))).isEqualTo("surprise is one of: anger, surprise");
    assertThat(reason("emotions", array(4))).isEqualTo("surprise is none of: happiness");
    assertThat(reason("liveness", array(2, 1))).isEqualTo("spoof is none of: real, unknown");
  }

  @Test
  void absentAttributeIsNamed() {
    assertThat(reason("age__gte", 1)).isEqualTo("the event has no age");
    assertThat(reason("object_similarity__lt", 1)).isEqualTo("the event has no similarity");
    assertThat(reason("gender", 1)).isEqualTo("the event has no gender");
    assertThat(reason("ethnic_groups", array(1))).isEqualTo("the event has no ethnic group");
    assertThat(reason("masks", array(1))).isEqualTo("the event has no mask");
    assertThat(reason("house_numbers", array("1"))).isEqualTo("the event has no house number");
    assertThat(reason("tags", array("a"))).isEqualTo("the event has no tags");
    assertThat(reason("matching_candidates_labels", array("a")))
        .isEqualTo("the event has no match with candidates");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "Door 1|Door 1|\"Door 1\" is one of: \"Door 1\"",
        "Door 1|door 1|\"Door 1\" is none of: \"door 1\" (upper and lower case differ)",
        "Door 1 |door 1|\"Door 1 \" is none of: \"door 1\" (a space at the beginning or the end differs)",
        "Door 1|Gate|\"Door 1\" is none of: \"Gate\"",
      })
  void similarTextIsPointedOut(String source, String wanted, String reason) {
    event.put("source", source);
    assertThat(reason("sources", array(wanted))).isEqualTo(reason);
  }

  @Test
  void longListsAreTruncatedWithACount() {
    event.put("source", "x".repeat(99) + "\uD83D\uDE00");
    List<Object> many = new ArrayList<>();
    for (int i = 10; i < 22; i++) {
      many.add("s" + i);
    }
    assertThat(reason("sources", new JsonArray(many)))
        .isEqualTo(
            "\""
                + "x".repeat(99)
                + "…\" is none of: \"s10\", \"s11\", \"s12\", \"s13\", \"s14\", \"s15\", \"s16\","
                + " \"s17\" and 4 more");
    assertThat(reason("sources", new JsonArray(many.subList(0, 8)))).endsWith("\"s17\"");
  }

  @Test
  void missingTagsAndMatchingLabelsAreNamed() {
    event.put("tags", new JsonArray().add("b").add("a"));
    event.put(
        "matches", new JsonArray().add(TestEvents.match("x", 0.1)).add(TestEvents.match("y", 0.2)));
    assertThat(reason("tags", array("a", "b"))).isEqualTo("has all of: \"a\", \"b\"");
    assertThat(reason("tags", array("d", "a", "C"))).isEqualTo("lacks \"C\", \"d\"");
    assertThat(reason("tags", array("A"))).isEqualTo("lacks \"A\" (upper and lower case differ)");
    assertThat(reason("matching_candidates_labels", array("y", "z"))).isEqualTo("has \"y\"");
    assertThat(reason("matching_candidates_labels", array("z")))
        .isEqualTo("\"x\", \"y\": none of: \"z\"");
    assertThat(reason("matching_candidates_labels", array("X")))
        .isEqualTo("\"x\", \"y\": none of: \"X\" (upper and lower case differ)");
  }

  @Test
  void valuesAreThoseOfTheEvent() {
    event.put("tags", new JsonArray().add("b").add("a")).put("source", "door");
    TestEvents.with(event, BASIC + "age", 17);
    assertThat(evaluate("tags", array("a")).value()).isEqualTo(array("b", "a"));
    assertThat(evaluate("sources", array("a")).value()).isEqualTo("door");
    assertThat(evaluate("age__gte", 1).value()).isEqualTo(17);
    assertThat(evaluate("age__gte", 1).wanted()).isEqualTo(1);
    assertThat(evaluate("gender", 1).value()).isNull();
    assertThat(evaluate("tags", array("b", "a")).wanted()).isEqualTo(array("a", "b"));
  }

  private String reason(String parameter, Object wanted) {
    return evaluate(parameter, wanted).reason();
  }

  private Clause.Result evaluate(String parameter, Object wanted) {
    Event parsed = ParsedEvents.of(TestEvents.payload(event)).get(0);
    EventFilter filter = TestContract.FILTERS.filter(new JsonObject().put(parameter, wanted));
    assertThat(Clause.of(filter)).hasSize(1);
    return Clause.of(filter).get(0).evaluate(parsed.attributes());
  }

  private static JsonArray array(Object... values) {
    return new JsonArray(List.of(values));
  }
}
