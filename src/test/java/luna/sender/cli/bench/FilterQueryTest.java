package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterQueryTest {
  @Test
  void queryIsParsedAsByTheServer() {
    assertThat(
            parse(
                "gender=1&age__gte=18&object_similarity__lt=0.75&masks=1,3"
                    + "&cities=S%C3%A3o+Paulo,Washington%2C%20D.C.&tags=a"))
        .isEqualTo(
            new JsonObject()
                .put("gender", 1)
                .put("age__gte", 18)
                .put("object_similarity__lt", 0.75)
                .put("masks", JsonArray.of(1, 3))
                .put("cities", JsonArray.of("São Paulo", "Washington, D.C."))
                .put("tags", JsonArray.of("a")));
  }

  @Test
  void repeatedListIsJoined() {
    assertThat(parse("masks=1&cities=a,b&masks=3&cities=c"))
        .isEqualTo(parse("masks=1,3&cities=a,b,c"));
  }

  @Test
  void emptyQueryPassesAll() {
    assertThat(parse("")).isEqualTo(new JsonObject());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "genders=1",
        "gender=x",
        "gender=1.0",
        "gender=99999999999",
        "masks=1,,2",
        "age__gte=old",
        "tags=",
        "tags=%zz",
        "gender=1&gender=0",
        "age__gte=1&age__gte=1",
        "tags=a&tags=",
        "&",
        "Gender=1"
      })
  void invalidQueryIsRejected(String query) {
    assertThatThrownBy(() -> parse(query))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("--filter: .* \\(expected: .*\\)");
  }

  private static JsonObject parse(String query) {
    return new FilterQuery().parse(query).query();
  }
}
