package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ParameterErrorTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'enum':[0,1],'type':'integer'} | one of 0, 1",
        "{'enum':['a','b']} | one of a, b",
        "{'type':'integer'} | an integer",
        "{'type':'integer','minimum':0} | an integer of 0 or more",
        "{'type':'integer','minimum':-5,'maximum':5} | an integer from -5 to 5",
        "{'type':'number'} | a number",
        "{'type':'number','minimum':0.5} | a number of 0.5 or more",
        "{'type':'number','minimum':0,'maximum':1} | a number from 0 to 1",
        "{'type':'array','maxItems':1000} | 1 to 1000 values",
        "{'type':'string','pattern':'^x$'} | a UUID",
        "{'type':'string','maxLength':36} | 1 to 36 characters",
        "{'type':'string','minLength':1} | text",
        "{'type':'string'} | text",
        "{} | text",
      })
  void expectationIsDerivedFromTheSchema(String schema, String expectation) {
    assertThat(ParameterError.expectation(new JsonObject(schema.replace('\'', '"'))))
        .isEqualTo(expectation);
  }

  @Test
  void everyFilterHasAnExpectation() {
    List<String> expectations = new ArrayList<>();
    for (JsonNode parameter : OpenApi.document().at("/components/parameters")) {
      if (parameter.path("in").asText().equals("query")) {
        JsonNode schema = parameter.path("schema");
        JsonNode items = schema.path("items");
        expectations.add(
            parameter.path("name").asText()
                + ": "
                + expectation(schema)
                + (items.isMissingNode() ? "" : ", each " + expectation(items)));
      }
    }
    assertThat(expectations)
        .containsExactly(
            "account_id: a UUID",
            "sources: 1 to 1000 values, each text",
            "matching_candidates_labels: 1 to 1000 values, each text",
            "object_similarity__gte: a number from 0 to 1",
            "object_similarity__lt: a number from 0 to 1",
            "age__gte: an integer of 0 or more",
            "age__lt: an integer of 0 or more",
            "gender: one of 0, 1",
            "ethnic_groups: 1 to 1000 values, each one of 1, 2, 3, 4",
            "liveness: 1 to 1000 values, each one of 0, 1, 2",
            "masks: 1 to 1000 values, each one of 1, 2, 3",
            "emotions: 1 to 1000 values, each one of 1, 2, 3, 4, 5, 6, 7",
            "tags: 1 to 1000 values, each 1 to 36 characters",
            "cities: 1 to 1000 values, each text",
            "areas: 1 to 1000 values, each text",
            "districts: 1 to 1000 values, each text",
            "streets: 1 to 1000 values, each text",
            "house_numbers: 1 to 1000 values, each text",
            "slow: one of close, drop_oldest, latest",
            "after: 1 to 128 characters",
            "last: an integer from 1 to 1000",
            "since: a time as in RFC 3339, such as 2026-08-11T09:11:41Z",
            "positions: one of 0, 1",
            "gaps: one of 0, 1",
            "stats: one of 0, 1",
            "strict: one of 0, 1",
            "handler_ids: 1 to 1000 values, each a UUID");
  }

  @Test
  void longValueIsShownTruncated() {
    assertThat(ParameterError.shown("")).isEqualTo("nothing");
    assertThat(ParameterError.shown(" ")).isEqualTo(" ");
    assertThat(ParameterError.shown("-1")).isEqualTo("-1");
    assertThat(ParameterError.shown("x".repeat(64))).isEqualTo("x".repeat(64));
    assertThat(ParameterError.shown("x".repeat(65))).isEqualTo("x".repeat(64) + "…");
    assertThat(ParameterError.shown("x".repeat(100_000))).isEqualTo("x".repeat(64) + "…");
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 61, 62, 63, 64})
  void truncatedValueIsValidInJson(int before) {
    String shown = ParameterError.shown("x".repeat(before) + "😀".repeat(40));
    JsonObject body = ApiError.BAD_QUERY.body("tags: " + shown);
    JsonObject read = new JsonObject(body.toBuffer());
    assertThat(read).isEqualTo(body);
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(shown)).isTrue();
    assertThat(shown).startsWith("x".repeat(before)).endsWith("…");
  }

  private static String expectation(JsonNode schema) {
    return ParameterError.expectation(new JsonObject(schema.toString()));
  }
}
