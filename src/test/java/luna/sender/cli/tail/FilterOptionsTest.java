package luna.sender.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterOptionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gender=1|gender=1",
        "cities=Moscow,New York|cities=Moscow,New%20York",
        "cities=Washington%2C D.C.|cities=Washington%2C%20D.C.",
        "cities=New%20York|cities=New%20York",
        "tags=a+b|tags=a%2Bb",
        "tags=a&gender=1|tags=a%26gender=1",
        "tags=50%|tags=50%25",
        "tags=50%zz|tags=50%25zz",
        "tags=a#b|tags=a%23b",
        "tags=\"q\"|tags=%22q%22",
        "streets=Weinstraße|streets=Weinstra%C3%9Fe",
        "tags=😀|tags=%F0%9F%98%80",
        "house_numbers=1/2str3|house_numbers=1/2str3",
        "tags=a=b|tags=a=b",
        "tags=|tags=",
        "od d=1|od%20d=1",
      })
  void operandIsAddedToTheUrl(String operand, String part) {
    assertThat(FilterOptions.operand(operand)).isEqualTo(part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gender", "", "=1"})
  void operandWithoutANameOrAValueIsRejected(String operand) {
    assertThatThrownBy(() -> FilterOptions.operand(operand))
        .hasMessage("filter: " + operand + " (expected: name=value, as in gender=1)");
  }

  @Test
  void queriesOfUrlAndOptionsPrecedeTheOperands() {
    Endpoint endpoint = Endpoint.parse("ws://host/2/ws?gender=1");
    assertThat(
            FilterOptions.query(
                endpoint, List.of("?age__gte=18&tags=a+b,c d", ""), List.of("masks=1")))
        .isEqualTo("gender=1&age__gte=18&tags=a+b,c%20d&masks=1");
    assertThat(FilterOptions.query(Endpoint.parse("ws://host"), List.of(), List.of())).isEmpty();
  }

  @Test
  void repeatedListIsSentUnchanged() {
    Endpoint endpoint = Endpoint.parse("ws://host/2/ws?cities=a");
    assertThat(
            FilterOptions.query(
                endpoint, List.of("cities=b,c"), List.of("cities=d", "cities=e%2Cf")))
        .isEqualTo("cities=a&cities=b,c&cities=d&cities=e%2Cf");
  }

  @Test
  void namesEqualThoseOfTheContract() throws Exception {
    List<String> names = new ArrayList<>();
    try (InputStream in = getClass().getResourceAsStream("/openapi.yaml")) {
      JsonNode document = new YAMLMapper().readTree(in);
      for (JsonNode reference : document.at("/paths/~1{api}~1ws/get/parameters")) {
        JsonNode parameter = document.at(reference.get("$ref").asText().substring(1));
        if (parameter.get("in").asText().equals("query")) {
          names.add(parameter.get("name").asText());
        }
      }
    }
    // Parameters that have their own option.
    names.removeAll(List.of("account_id", "gaps", "stats", "after", "last", "since", "positions"));
    assertThat(FilterOptions.names()).containsExactlyElementsOf(names);
  }
}
