package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Checks the machine-readable names of filters in the contract against the code and the
 * descriptions.
 */
final class FilterNamesTest {
  private static final List<String> NO_FILTERS =
      List.of(
          "account_id", "slow", "after", "last", "since", "positions", "gaps", "stats", "strict");

  private final JsonNode parameters = OpenApi.document().at("/components/parameters");

  @Test
  void everyNameIsInTheDescriptionBesideItsCode() {
    for (JsonNode parameter : parameters) {
      JsonNode schema = parameter.path("schema");
      JsonNode values = schema.has("items") ? schema.path("items") : schema;
      JsonNode names = values.path("x-enum-varnames");
      for (int i = 0; i < names.size(); i++) {
        String prose = parameter.path("description").asText().replace("`", "");
        assertThat(prose)
            .contains(values.path("enum").get(i).asInt() + " " + names.get(i).asText());
      }
    }
  }

  @Test
  void onlyFiltersNameTheFieldThatTheyRead() {
    int filters = 0;
    for (JsonNode parameter : parameters) {
      String name = parameter.path("name").asText();
      boolean filter = parameter.path("in").asText().equals("query") && !NO_FILTERS.contains(name);
      assertThat(parameter.has("x-event-field")).as(name).isEqualTo(filter);
      if (filter) {
        filters++;
        String field = parameter.path("x-event-field").asText().replaceFirst("\\[]$", "");
        assertThat(parameter.path("description").asText().toLowerCase(Locale.ROOT))
            .as(name)
            .contains(field);
      }
    }
    assertThat(filters).isEqualTo(18);
  }
}
