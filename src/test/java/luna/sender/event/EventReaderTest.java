package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import luna.sender.event.EventAttribute.Aggregate;
import luna.sender.event.EventAttribute.Type;
import luna.sender.testing.ContractAttributes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests where each attribute is read, and the result for unexpected values. */
final class EventReaderTest {
  private static final ContractAttributes NONE = attributes("{}");

  @Test
  void everyAttributeIsReadFromItsPlace() {
    ContractAttributes attributes =
        attributes(
            """
            {"source": "cam", "tags": ["a", "b", "a"],
             "location": {"city": "C", "area": "A", "district": "D", "street": "S",
                          "house_number": "1/2", "geo_position": {"longitude": 36.6}},
             "matches": [
               {"label": "good", "candidates": [{"face": {"similarity": 1}, "similarity": 0.5}]},
               {"label": "bad", "candidates": [{"similarity": 0.3}, {"similarity": 0.7}]},
               {"label": "none", "candidates": []}],
             "face_attributes": {"basic_attributes": {"age": 50, "gender": 0,
               "ethnicities": {"estimations": {"asian": 0.9}, "predominant_ethnicity": "asian"}}},
             "aggregate_estimations": {"face": {"attributes": {
               "liveness": {"prediction": "spoof", "estimations": {"quality": 0.2}},
               "mask": {"predominant_mask": "medical_mask"},
               "emotions": {"predominant_emotion": "surprise"}}}}}""");
    assertThat(attributes)
        .isEqualTo(
            new ContractAttributes(
                "cam",
                List.of("good", "bad"),
                0.7,
                50,
                0,
                3,
                0,
                2,
                7,
                List.of("a", "b", "a"),
                "C",
                "A",
                "D",
                "S",
                "1/2",
                null));
  }

  @Test
  void attributesOfAnEventWithoutAnyAreAbsent() {
    int absent = ContractAttributes.ABSENT;
    assertThat(NONE)
        .isEqualTo(
            new ContractAttributes(
                null,
                List.of(),
                Double.NaN,
                Double.NaN,
                absent,
                absent,
                absent,
                absent,
                absent,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source",
        "tags",
        "location",
        "matches",
        "face_attributes",
        "aggregate_estimations",
        "location.city",
        "location.area",
        "location.district",
        "location.street",
        "location.house_number",
        "matches[.label",
        "matches[.candidates",
        "matches[",
        "matches[.candidates[.similarity",
        "matches[.candidates[",
        "face_attributes.basic_attributes",
        "face_attributes.basic_attributes.age",
        "face_attributes.basic_attributes.gender",
        "face_attributes.basic_attributes.ethnicities",
        "face_attributes.basic_attributes.ethnicities.predominant_ethnicity",
        "aggregate_estimations.face",
        "aggregate_estimations.face.attributes",
        "aggregate_estimations.face.attributes.liveness",
        "aggregate_estimations.face.attributes.liveness.prediction",
        "aggregate_estimations.face.attributes.mask.predominant_mask",
        "aggregate_estimations.face.attributes.emotions.predominant_emotion",
        "tags["
      })
  void attributeOfAnUnexpectedTypeIsAbsent(String path) {
    for (String odd :
        new String[] {
          "null", "true", "false", "{}", "[]", "[[]]", "{\"x\":[{\"y\":1}]}", "1E400", "-1E400"
        }) {
      assertThat(attributes(event(path, odd))).as("%s: %s", path, odd).isEqualTo(NONE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "1.0, 1",
    "-0, 0",
    "1e0, 1",
    "2, -1",
    "-1, -1",
    "0.5, -1",
    "1e99, -1",
    "'\"1\"', -1",
    "'\"male\"', 1",
    "'\"Male\"', -1",
    "4294967296, -1",
    "4294967297, -1",
    "18446744073709551617, -1"
  })
  void genderIsANumberOrAName(String gender, int code) {
    assertThat(attributes(event("face_attributes.basic_attributes.gender", gender)).gender())
        .isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"spoof\"', 0", "'\"real\"', 1", "'\"unknown\"', 2", "0, 0", "1, 1", "2, 2", "2.0, 2",
    "3, -1", "-1, -1", "0.5, -1", "4294967296, -1", "1e99, -1", "'\"0\"', -1", "'\"Real\"', -1",
    "'\"real \"', -1", "'\"\"', -1", "'\"r\\u0065al\"', 1"
  })
  void predictionIsANameOrANumber(String prediction, int code) {
    String path = "aggregate_estimations.face.attributes.liveness.prediction";
    assertThat(attributes(event(path, prediction)).liveness()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "50, 50",
    "50.5, 50.5",
    "0, 0",
    "-1, -1",
    "5e1, 50",
    "123456789012345678901234567890, 1.2345678901234568E29",
    "'\"50\"', NaN",
    "1E400, NaN",
    "-1E400, NaN"
  })
  void ageIsANumberInTheRangeOfADouble(String age, Double expected) {
    assertThat(attributes(event("face_attributes.basic_attributes.age", age)).age())
        .isEqualTo(expected);
  }

  @Test
  void ageIsTheNearestDouble() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      String digits = Long.toString(random.nextLong(1, (long) Math.pow(10, random.nextInt(1, 19))));
      int whole = random.nextInt(digits.length()) + 1;
      String fraction = digits.substring(whole);
      String age = digits.substring(0, whole) + (fraction.isEmpty() ? "" : "." + fraction);
      assertThat(attributes(event("face_attributes.basic_attributes.age", age)).age())
          .as(age)
          .isEqualTo(Double.parseDouble(age));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ource",
        "sourc",
        "Source",
        "source_",
        "source\\u0000",
        "face",
        "locatio",
        "locations",
        "location\\u0000",
        "matche",
        "matchesx",
        "face_attributez",
        "face_attributes_"
      })
  void similarKeyIsNotConfused(String key) {
    for (String value :
        new String[] {
          "\"a\"",
          "{\"city\":\"a\",\"basic_attributes\":{\"age\":1}}",
          "[{\"label\":\"a\",\"candidates\":[{\"similarity\":1}]}]"
        }) {
      assertThat(attributes("{\"" + key + "\":" + value + "}")).isEqualTo(NONE);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"source\":\"a\",\"source\":5",
        "\"tags\":[\"a\"],\"tags\":[]",
        "\"location\":{\"city\":\"a\"},\"location\":{}",
        "\"location\":{\"city\":\"a\",\"city\":null}",
        "\"matches\":[{\"label\":\"a\",\"candidates\":[{\"similarity\":1}]}],\"matches\":[]",
        "\"matches\":[{\"label\":\"a\",\"candidates\":[{\"similarity\":1}],\"candidates\":[]}]",
        "\"face_attributes\":{\"basic_attributes\":{\"age\":1}},\"face_attributes\":{}",
        "\"face_attributes\":{\"basic_attributes\":{\"age\":1},\"basic_attributes\":{}}",
        "\"face_attributes\":{\"basic_attributes\":{\"gender\":1},\"basic_attributes\":5}",
        "\"face_attributes\":{\"basic_attributes\":"
            + "{\"ethnicities\":{\"predominant_ethnicity\":\"asian\"},\"ethnicities\":{}}}",
        "\"aggregate_estimations\":{\"face\":{\"attributes\":{\"liveness\":{\"prediction\":1}}},"
            + "\"face\":{}}",
        "\"aggregate_estimations\":{\"face\":{\"attributes\":{\"mask\":"
            + "{\"predominant_mask\":\"occluded\"}},\"attributes\":null}}",
        "\"aggregate_estimations\":{\"face\":{\"attributes\":{\"emotions\":"
            + "{\"predominant_emotion\":\"fear\"},\"emotions\":{}}}}",
        "\"aggregate_estimations\":{\"face\":{\"attributes\":{\"liveness\":{\"prediction\":1}}}},"
            + "\"aggregate_estimations\":[]",
      })
  void lastValueOfADuplicateKeyCounts(String fields) {
    assertThat(attributes("{" + fields + "}")).isEqualTo(NONE);
  }

  @Test
  void lastValueOfADuplicateKeyCountsAmongAnyNumberOfKeys() {
    // The first objects have the bits of a long to themselves; those behind share one.
    EventSchema.Builder builder = new EventSchema.Builder();
    List<EventAttribute> attributes = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      for (String path : List.of(".a", ".a.b", ".a[].b", ".a[].b.c")) {
        attributes.add(builder.add("event.k" + i + path, Type.TEXT, Aggregate.ALL, null, null));
      }
    }
    EventSchema schema = builder.build();
    for (int i = 0; i < 70; i++) {
      List<EventAttribute> four = attributes.subList(4 * i, 4 * i + 4);
      String key = "\"k" + i + "\":";
      assertThat(texts(schema, four, "{" + key + "{\"a\":\"1\"}," + key + "{}}")).isEmpty();
      assertThat(texts(schema, four, "{" + key + "{\"a\":\"1\",\"a\":\"2\"}}"))
          .containsExactly("2");
      assertThat(texts(schema, four, "{" + key + "{\"a\":{\"b\":\"1\",\"b\":\"2\"}}}"))
          .containsExactly("2");
      assertThat(
              texts(
                  schema,
                  four,
                  "{"
                      + key
                      + "{\"a\":[{\"b\":\"1\"},{\"b\":{\"c\":\"2\",\"c\":\"3\"}},"
                      + "{\"b\":\"4\",\"b\":\"5\"}]}}"))
          .containsExactly("1", "5", "3");
    }
  }

  private static List<String> texts(
      EventSchema schema, List<EventAttribute> attributes, String event) {
    Attributes read = ParsedEvents.of(schema, "{\"events\":[" + event + "]}").get(0).attributes();
    return attributes.stream().flatMap(each -> read.texts(each.slot()).stream()).toList();
  }

  @ParameterizedTest
  @CsvSource({"'\"ABC\"', abc", "'\"\"', ''", "'\"\\u00c9\"', é", "null,", "7, 7"})
  void handlerIdIsLowerCaseTextOrAbsent(String value, @Nullable String expected) {
    assertThat(
            ContractAttributes.of(
                    ParsedEvents.of(
                            "{\"events\":[{\"handler_id\":\"x\"}],\"handler_id\":" + value + "}")
                        .get(0)
                        .attributes())
                .handlerId())
        .isEqualTo(expected);
  }

  @Test
  void candidateThatIsNotAnObjectIsIgnored() {
    ContractAttributes attributes =
        attributes(
            "{\"matches\":[{\"label\":\"a\",\"candidates\":[1,null,[{\"similarity\":1}]]}]}");
    assertThat(attributes).isEqualTo(NONE);
  }

  /** Returns an event with one value at a path, in which {@code [} is an array with one element. */
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

  private static ContractAttributes attributes(String event) {
    return ContractAttributes.of(
        ParsedEvents.of("{\"events\":[" + event + "]}").get(0).attributes());
  }
}
