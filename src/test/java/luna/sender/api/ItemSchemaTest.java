package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the validation of list values with the schema library. */
final class ItemSchemaTest {
  private static final List<Object> VALUES =
      List.of(
          "",
          "a",
          " ",
          "x".repeat(36),
          "x".repeat(37),
          "😀".repeat(36),
          "😀".repeat(37),
          "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
          "8B8B5937-2E9C-4E8B-A7A7-5CAF86621B5A",
          "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5g",
          "8b8b59372-e9c-4e8b-a7a7-5caf86621b5a",
          "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a\n",
          "1",
          0,
          1,
          2,
          3,
          4,
          5,
          7,
          8,
          -1,
          1L << 40);

  static List<JsonObject> schemas() {
    List<JsonObject> schemas = new ArrayList<>();
    for (JsonNode parameter : OpenApi.document().at("/components/parameters")) {
      JsonNode items = parameter.at("/schema/items");
      if (!items.isMissingNode()) {
        schemas.add(new JsonObject(items.toString()));
      }
    }
    assertThat(schemas).hasSizeGreaterThan(10);
    return schemas;
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void listsAcceptWhatTheSchemaLibraryAccepts(JsonObject schema) {
    Validator library =
        Validator.create(
            JsonSchema.of(schema),
            new JsonSchemaOptions().setDraft(Draft.DRAFT202012).setBaseUri("app://"));
    for (Object value : VALUES) {
      assertThat(ItemSchema.of(schema).accepts(value))
          .as("%s", value)
          .isEqualTo(library.validate(value).getValid());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{'minimum':1}", "{'format':'uuid'}", "{'pattern':'^a*$'}", "{'$ref':'#/a'}"})
  void unsupportedKeywordStopsTheStart(String schema) {
    assertThatThrownBy(() -> ItemSchema.of(new JsonObject(schema.replace('\'', '"'))))
        .isInstanceOf(IllegalStateException.class);
  }

  /** The schema library matches patterns against values of any length. */
  @Test
  void patternsOfTheContractHaveOnlyBoundedRepetitions() {
    List<JsonNode> patterns = OpenApi.document().findValues("pattern");
    assertThat(patterns)
        .isNotEmpty()
        .allSatisfy(
            pattern -> assertThat(pattern.asText()).startsWith("^").doesNotContain("*", "+", ",}"));
  }
}
