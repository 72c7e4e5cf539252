package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterWarningsTest {
  private static final String BLANK = "' (expected: no blank at its start or end)";

  @ParameterizedTest
  @CsvSource({"50, 20", "50, 50", "1, 0", "3000000000, 7"})
  void boundsThatExcludeEveryNumberCauseAWarning(long gte, long lt) {
    JsonObject query = new JsonObject().put("age__gte", gte).put("age__lt", lt);
    assertThat(warnings(query).get(0))
        .startsWith("age__lt: " + lt + " (expected: more than age__gte=")
        .endsWith(")");
    assertThat(warnings(query)).hasSize(1);
  }

  @Test
  void boundIsPrintedAsInTheQuery() {
    assertThat(warnings(new JsonObject().put("age__gte", 50).put("age__lt", 20)))
        .containsExactly("age__lt: 20 (expected: more than age__gte=50)");
    assertThat(
            warnings(
                new JsonObject()
                    .put("object_similarity__lt", 0.25)
                    .put("object_similarity__gte", 0.5)))
        .containsExactly(
            "object_similarity__lt: 0.25 (expected: more than object_similarity__gte=0.5)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" a", "a ", "a\t", "\na", "a\u00a0", "\u3000a", " ", "a\u2028", "\u202fa b"})
  void textWithABlankAtAnEndCausesAWarning(String text) {
    for (String name : List.of("cities", "tags", "matching_candidates_labels")) {
      JsonObject query = new JsonObject().put(name, JsonArray.of("x", text, "y"));
      assertThat(warnings(query)).containsExactly(name + ": '" + text + BLANK);
    }
  }

  @Test
  void upperBoundThatIsNotAboveTheMinimumCausesAWarning() {
    assertThat(warnings(new JsonObject().put("object_similarity__lt", 0)))
        .containsExactly("object_similarity__lt: 0 (expected: more than 0)");
    JsonObject query = new JsonObject().put("degrees__lt", -40);
    assertThat(FilterWarnings.of(degrees(new JsonObject().put("minimum", -40)).filter(query)))
        .containsExactly("degrees__lt: -40 (expected: more than -40)");
    assertThat(FilterWarnings.of(degrees(new JsonObject().put("minimum", -41)).filter(query)))
        .isEmpty();
    assertThat(FilterWarnings.of(degrees(new JsonObject()).filter(query))).isEmpty();
  }

  @Test
  void eachParameterCausesAtMostOneWarningInTheOrderOfTheContract() {
    JsonObject query =
        new JsonObject()
            .put("streets", JsonArray.of(" s", " t"))
            .put("age__lt", 1)
            .put("age__gte", 1)
            .put("sources", JsonArray.of("s ", "t "));
    assertThat(warnings(query))
        .containsExactly(
            "sources: 's " + BLANK,
            "age__lt: 1 (expected: more than age__gte=1)",
            "streets: ' s" + BLANK);
  }

  @Test
  void longTextIsShortened() {
    JsonObject query = new JsonObject().put("cities", JsonArray.of(" " + "x".repeat(1000)));
    assertThat(warnings(query)).containsExactly("cities: ' " + "x".repeat(99) + "…" + BLANK);
  }

  @Test
  void otherFiltersCauseNone() {
    JsonObject query =
        new JsonObject()
            .put("age__gte", 18)
            .put("age__lt", 19)
            .put("object_similarity__gte", 1)
            .put("gender", 0)
            .put("masks", JsonArray.of(1, 1, 2, 3))
            .put("tags", JsonArray.of("a b", "a b", "ab"))
            .put("cities", JsonArray.of("New York", ""));
    assertThat(warnings(query)).isEmpty();
    assertThat(warnings(new JsonObject())).isEmpty();
    assertThat(warnings(new JsonObject().put("age__lt", 1))).isEmpty();
    assertThat(warnings(new JsonObject().put("age__gte", 1e300))).isEmpty();
  }

  /** Returns a contract with one upper bound. */
  private static FilterContract degrees(JsonObject schema) {
    JsonObject bound =
        new JsonObject()
            .put("name", "degrees__lt")
            .put("in", "query")
            .put("x-event-field", "event.degrees")
            .put("schema", schema.put("type", "number"));
    JsonObject operation =
        new JsonObject().put("operationId", "ws").put("parameters", JsonArray.of(bound));
    JsonObject path = new JsonObject().put("get", operation);
    return FilterContract.of(new JsonObject().put("paths", new JsonObject().put("/ws", path)));
  }

  private static List<String> warnings(JsonObject query) {
    return FilterWarnings.of(TestContract.FILTERS.filter(query));
  }
}
