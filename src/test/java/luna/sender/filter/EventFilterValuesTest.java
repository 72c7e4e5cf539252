package luna.sender.filter;

import static luna.sender.filter.Trial.filter;
import static luna.sender.filter.Trial.list;
import static luna.sender.filter.Trial.passes;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import luna.sender.event.ParsedEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which values pass: each result, bounds, strings and lists. */
final class EventFilterValuesTest {
  private static final String AGE = "face_attributes.basic_attributes.age";
  private static final String GENDER = "face_attributes.basic_attributes.gender";
  private static final String HANDLER = "557d54ec-29ad-4f3c-93b4-c9092ef12515";

  @ParameterizedTest
  @CsvSource({
    "ethnic_groups, face_attributes.basic_attributes.ethnicities.predominant_ethnicity, 1,"
        + " african_american indian asian caucasian",
    "liveness, aggregate_estimations.face.attributes.liveness.prediction, 0, spoof real unknown",
    "masks, aggregate_estimations.face.attributes.mask.predominant_mask, 1,"
        + " missing medical_mask occluded",
    "emotions, aggregate_estimations.face.attributes.emotions.predominant_emotion, 1,"
        + " anger disgust fear happiness neutral sadness surprise"
  })
  void outcomePassesOnlyTheFilterOfItsNumber(String name, String path, int first, String outcomes) {
    List<String> names = List.of(outcomes.split(" ", -1));
    int last = first + names.size() - 1;
    for (int wanted = first; wanted <= last; wanted++) {
      for (int actual = first; actual <= last; actual++) {
        String outcome = names.get(actual - first);
        boolean same = wanted == actual;
        assertThat(passes(name, list(wanted), with(event(), path, outcome))).isEqualTo(same);
        assertThat(passes(name, list(wanted), with(event(), path, actual))).isEqualTo(same);
      }
      for (Object none :
          List.of(first - 1, last + 1, names.get(0).toUpperCase(Locale.ROOT), "", 1.5, -1)) {
        assertThat(passes(name, list(wanted), with(event(), path, none))).isFalse();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, true",
    "1, 1, true",
    "0, 1, false",
    "1, 0, false",
    "0, 2, false",
    "1, -1, false"
  })
  void genderIsZeroForFemaleAndOneForMale(int wanted, int actual, boolean passes) {
    assertThat(passes("gender", wanted, with(event(), GENDER, actual))).isEqualTo(passes);
  }

  @ParameterizedTest
  @CsvSource({"17, false", "17.999, false", "18, true", "18.0, true", "49.99, true", "50, false"})
  void lowerBoundOfAgeIsIncludedAndUpperIsNot(BigDecimal age, boolean passes) {
    JsonObject query = new JsonObject().put("age__gte", 18).put("age__lt", 50);
    assertThat(passes(query, with(event(), AGE, age))).isEqualTo(passes);
  }

  @ParameterizedTest
  @CsvSource({"0.4999999, false", "0.5, true", "0.50, true", "0.8999999, true", "0.9, false"})
  void lowerBoundOfSimilarityIsIncludedAndUpperIsNot(BigDecimal similarity, boolean passes) {
    JsonObject query =
        new JsonObject().put("object_similarity__gte", 0.5).put("object_similarity__lt", 0.9);
    JsonArray matches =
        new JsonArray().add(match("x", 0.1)).add(match("y", similarity.doubleValue()));
    assertThat(passes(query, with(event(), "matches", matches))).isEqualTo(passes);
  }

  @Test
  void crossedBoundsPassNothing() {
    JsonObject query = new JsonObject().put("age__gte", 30).put("age__lt", 30);
    assertThat(passes(query, with(event(), AGE, 30))).isFalse();
    assertThat(passes(query, with(event(), AGE, 29))).isFalse();
  }

  @Test
  void zeroIsAValidAgeSimilarityAndBound() {
    JsonObject newborn = with(event(), AGE, 0);
    assertThat(passes("age__gte", 0, newborn)).isTrue();
    assertThat(passes("age__lt", 0, newborn)).isFalse();
    JsonObject stranger = with(event(), "matches", new JsonArray().add(match("x", 0)));
    assertThat(passes("object_similarity__gte", 0, stranger)).isTrue();
    assertThat(passes("object_similarity__lt", 0, stranger)).isFalse();
  }

  @Test
  void highestOfAllCandidatesIsTheSimilarityOfTheEvent() {
    JsonObject two = match("x", 0.2);
    two.getJsonArray("candidates").add(new JsonObject().put("similarity", 0.8));
    JsonArray matches = new JsonArray().add(two).add(match("y", 0.4)).add(new JsonObject());
    JsonObject event = with(event(), "matches", matches);
    assertThat(passes("object_similarity__gte", 0.8, event)).isTrue();
    assertThat(passes("object_similarity__lt", 0.8, event)).isFalse();
  }

  @Test
  void infiniteSimilarityDoesNotHideOthers() {
    JsonObject match = match("x", 0.9);
    match
        .getJsonArray("candidates")
        .add(new JsonObject().put("similarity", new BigDecimal("1E400")));
    JsonObject event = with(event(), "matches", new JsonArray().add(match));
    assertThat(passes("object_similarity__gte", 0.5, event)).isTrue();
  }

  @Test
  void labelWithoutACandidateDoesNotPass() {
    JsonObject none = new JsonObject().put("label", "known").put("candidates", new JsonArray());
    JsonArray matches = new JsonArray().add(none).add(match("other", 0.5)).add(match("", 0.5));
    JsonObject event = with(event(), "matches", matches);
    assertThat(passes("matching_candidates_labels", list("known"), event)).isFalse();
    assertThat(passes("matching_candidates_labels", list("known", "other"), event)).isTrue();
  }

  @Test
  void candidateWithoutASimilarityCountsForItsLabel() {
    JsonObject match =
        new JsonObject().put("label", "known").put("candidates", list(new JsonObject()));
    JsonObject event = with(event(), "matches", list(match));
    assertThat(passes("matching_candidates_labels", list("known"), event)).isTrue();
    assertThat(passes("object_similarity__gte", 0, event)).isFalse();
  }

  @Test
  void eventMustHaveAllTagsButOnlyOneOfOtherLists() {
    JsonObject event = with(with(event(), "tags", list("a", "b", 5)), "source", "a");
    assertThat(passes("tags", list("a", "b"), event)).isTrue();
    assertThat(passes("tags", list("b", "a", "b"), event)).isTrue();
    assertThat(passes("tags", list("a", "c"), event)).isFalse();
    assertThat(passes("tags", list("5"), event)).isFalse();
    assertThat(passes("sources", list("c", "a"), event)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Moscow", "moscow ", "", "mosco", "mоscow", "moscow,"})
  void textIsComparedExactly(String actual) {
    assertThat(passes("cities", list("moscow"), with(event(), "location.city", actual))).isFalse();
    assertThat(passes("cities", list(actual), with(event(), "location.city", actual))).isTrue();
    assertThat(passes("tags", list("moscow"), with(event(), "tags", list(actual)))).isFalse();
  }

  @Test
  void textIsComparedByCodePoints() {
    JsonObject event = with(event(), "location.city", "caf\u00e9 😀 Москва");
    assertThat(passes("cities", list("caf\u00e9 😀 Москва"), event)).isTrue();
    assertThat(passes("cities", list("cafe\u0301 😀 Москва"), event)).isFalse();
    assertThat(passes("cities", list("caf\u00e9 😀 москва"), event)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "557d54ec-29ad-4f3c-93b4-c9092ef12515, true",
    "557D54EC-29AD-4F3C-93B4-C9092EF12515, true",
    "557d54ec-29ad-4f3c-93b4-c9092ef12516, false"
  })
  void handlerIdsAreCaseInsensitive(String wanted, boolean passes) {
    JsonObject query = new JsonObject().put("handler_ids", list(wanted));
    for (String actual : List.of(HANDLER, HANDLER.toUpperCase(Locale.ROOT))) {
      String payload = payload(event()).replace(HANDLER, actual);
      assertThat(filter(query).matches(ParsedEvents.of(payload).get(0))).isEqualTo(passes);
    }
  }
}
