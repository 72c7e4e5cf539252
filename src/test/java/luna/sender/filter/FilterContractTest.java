package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests how filters are derived from a contract, and how a wrong one is reported. */
final class FilterContractTest {
  private static final String LIST =
      "{\"type\":\"array\",\"minItems\":1,\"maxItems\":1000,\"items\":";
  private static final String TEXTS = LIST + "{\"type\":\"string\"}}";
  private static final String CODES =
      LIST + "{\"type\":\"integer\",\"enum\":[1,2]," + "\"x-enum-varnames\":[\"one\",\"two\"]}}";
  private static final String NUMBER = "{\"type\":\"number\"}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a     | event                  | `{TEXTS}`  | ``                               | x-event-field: event ",
        "a     | source                 | `{TEXTS}`  | ``                               | x-event-field: source ",
        "a     | event..b               | `{TEXTS}`  | ``                               | x-event-field: event..b ",
        "a     | event.b[               | `{TEXTS}`  | ``                               | x-event-field: event.b[ ",
        "a     | event.[]               | `{TEXTS}`  | ``                               | x-event-field: event.[] ",
        "a     | event.a b              | `{TEXTS}`  | ``                               | x-event-field: event.a b ",
        "a     | event.a.b.c.d.e.f.g.h.i| `{TEXTS}`  | ``                               | (expected: at most 8 keys",
        "a     | handler_id             | `{CODES}`  | ``                               | x-event-field: handler_id",
        "a     | event.a                | `{NUMBER}` | ``                               | name: a (expected: a name that ends in __gte or __lt",
        "a     | event.a                | `{}`       | ``                               | schema.type: none ",
        "a     | event.a                | `{\"type\":\"boolean\"}` | ``                   | schema.type: boolean ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[1]}` | ``      | schema.x-enum-varnames: none ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[1],\"x-enum-varnames\":[\"a\",\"b\"]}` | `` | x-enum-varnames: ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[1,1],\"x-enum-varnames\":[\"a\",\"b\"]}` | `` | each once",
        "a__lt | event.a[]              | `{NUMBER}` | `\"x-event-aggregate\":\"sum\"`  | x-event-aggregate: sum ",
        "a__lt | event.a                | `{NUMBER}` | `\"x-event-aggregate\":\"first\"`| x-event-aggregate: first (expected: none",
        "a     | event.a[]              | `{TEXTS}`  | `\"x-event-aggregate\":\"lowest\"`| LOWEST (expected: first or last",
        "a     | event.a                | `{CODES}`  | `\"x-event-match\":\"all\"`      | x-event-match: all ",
        "a     | event.a                | `{TEXTS}`  | `\"x-event-match\":\"none\"`     | x-event-match: none ",
        "a     | event.a[].b            | `{TEXTS}`  | `\"x-event-requires\":\"event.c[]\"` | event.c[] (expected: a path through an array",
        "a     | event.a[].b            | `{TEXTS}`  | `\"x-event-requires\":\"a\"`     | x-event-field: a ",
        "a     | event.a                | `{\"type\":\"array\",\"maxItems\":9,\"items\":{\"type\":\"string\"}}` | `` | schema.minItems: none ",
        "a     | event.a                | `{\"type\":\"array\",\"minItems\":1,\"maxItems\":1001,\"items\":{\"type\":\"string\"}}` | `` | schema.maxItems: 1001 ",
        "a     | event.a                | `{LIST}{\"type\":\"string\",\"format\":\"uri\"}}` | `` | schema.items.format: unknown here ",
        "a     | event.a                | `{LIST}{\"type\":\"string\",\"pattern\":\"^a\"}}` | `` | schema.items.pattern: ^a ",
        "a     | event.a                | `{TEXTS}`  | `\"style\":\"pipeDelimited\"` | style: pipeDelimited ",
        "a     | event[].a              | `{TEXTS}`  | ``                               | x-event-field: event[].a ",
        "a__lt | event.a                | `{TEXTS}`  | ``                               | schema.type: array (expected: a number",
        "a     | event.a[]              | `{TEXTS}`  | `\"x-event-match\":\"all\",\"x-event-aggregate\":\"first\"` | x-event-aggregate: first (expected: none",
        "a     | event.a[].b            | `{TEXTS}`  | `\"x-event-requires\":\"event.a[].c\"` | event.a[].c (expected: the path of an array",
        "a     | event.a                | `{TEXTS}`  | `\"x-event-feild\":\"event.b\"` | x-event-feild: unknown here (expected: ",
        "a     | event.a                | `{TEXTS}`  | `\"required\":true`             | required: unknown here (expected: ",
        "a     | event.a                | `true`     | ``                               | schema: true (expected: an object",
        "a     | event.a                | `{\"type\":\"string\",\"default\":\"a\"}` | `` | schema.default: unknown here ",
        "a     | event.a                | `{\"type\":\"string\",\"minLength\":9,\"maxLength\":2}` | `` | schema.maxLength: 2 (expected: an integer from 9 ",
        "a     | event.a                | `{\"type\":\"string\",\"pattern\":\"^b\"}` | `` | schema.pattern: ^b ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[],\"x-enum-varnames\":[]}` | `` | schema.enum: [] ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[4294967296],\"x-enum-varnames\":[\"b\"]}` | `` | schema.enum: 4294967296 ",
        "a     | event.a                | `{\"type\":\"integer\",\"enum\":[1],\"x-enum-varnames\":[\" \"]}` | `` | schema.x-enum-varnames:   (expected: text",
        "a__lt | event.a                | `{\"type\":\"number\",\"minimum\":5,\"maximum\":1}` | `` | schema.maximum: 1 ",
        "a__lt | event.a                | `{\"type\":\"number\",\"minimum\":\"0\"}` | `` | schema.minimum: 0 (expected: a number",
        "a     | event.a[].b            | `{TEXTS}`  | `\"x-event-requires\":\"event.a[]\"` | event.a[] (expected: an array beside",
        "a__lt | event.a                | `{\"type\":\"integer\",\"maximum\":1e30}` | `` | schema.maximum: 1.0E30 (expected: an integer",
        "a__lt | event.a                | `{\"type\":\"number\",\"multipleOf\":2}` | `` | schema.multipleOf: unknown here ",
        "a     | event.a                | `{\"type\":\"array\",\"minItems\":50,\"maxItems\":2,\"items\":{\"type\":\"string\"}}` | `` | schema.maxItems: 2 (expected: an integer from 50 to 1000",
        "a b   | event.a                | `{TEXTS}`  | ``                               | name (expected: letters",
      })
  void wrongKeywordIsReportedWithItsParameter(
      String name, String field, String schema, String more, String message) {
    String text =
        "{\"name\":\"%s\",\"in\":\"query\",\"explode\":false,\"x-event-field\":\"%s\",\"schema\":%s%s}"
            .formatted(name, field, schema, more.isEmpty() ? "" : "," + more)
            .replace("{TEXTS}", TEXTS)
            .replace("{LIST}", LIST)
            .replace("{CODES}", CODES)
            .replace("{NUMBER}", NUMBER);
    assertThatThrownBy(() -> contract(new JsonObject(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("parameter " + name + ": ")
        .hasMessageContaining(message)
        .hasMessageContaining("(expected: ");
  }

  @Test
  void nameThatIsUsedTwiceIsRejected() {
    JsonObject parameter = parameter("a", "event.a", TEXTS);
    assertThatThrownBy(() -> contract(parameter, parameter)).hasMessageContaining("a: twice");
    JsonObject option = new JsonObject().put("name", "a").put("in", "query");
    assertThatThrownBy(() -> contract(parameter, option)).hasMessageContaining("a: twice");
  }

  @Test
  void atMost64FiltersFit() {
    JsonObject[] filters =
        IntStream.range(0, 65)
            .mapToObj(i -> parameter("f" + i, "event.f" + i, TEXTS))
            .toArray(JsonObject[]::new);
    assertThatThrownBy(() -> contract(filters)).hasMessageContaining("f64: one too many");
    FilterContract full = contract(java.util.Arrays.copyOf(filters, 64));
    assertThat(full.parameters()).hasSize(64);
    Event event = event(full, "{\"f63\":\"x\",\"f0\":\"y\"}");
    assertThat(full.filter(query("f63", "x").put("f0", JsonArray.of("y"))).matches(event)).isTrue();
    assertThat(full.filter(query("f63", "y")).matches(event)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"highest, 3", "lowest, -1", "first, 2", "last, 0.5", ", 3"})
  void numberOfAnArrayIsTheOneThatTheContractNames(String aggregate, double value) {
    JsonObject lower = parameter("a__gte", "event.a[][].b", NUMBER);
    JsonObject upper = parameter("a__lt", "event.a[][].b", NUMBER);
    if (aggregate != null) {
      lower.put("x-event-aggregate", aggregate);
      upper.put("x-event-aggregate", aggregate);
    }
    FilterContract contract = contract(lower, upper);
    String values =
        "{\"a\":[[{\"b\":\"9\"},{\"b\":2}],5,[],[{\"b\":-1},{\"b\":3}],[{\"b\":0.5},{}]]}";
    Event event = event(contract, values);
    JsonObject exactly = new JsonObject().put("a__gte", value).put("a__lt", Math.nextUp(value));
    assertThat(contract.filter(exactly).matches(event)).isTrue();
    assertThat(contract.filter(exactly).size()).isEqualTo(1);
  }

  @Test
  void oneFieldCanHaveSeveralFilters() {
    FilterContract contract =
        contract(
            parameter("text", "event.a", TEXTS),
            parameter("code", "event.a", CODES),
            parameter("all", "event.a[]", TEXTS).put("x-event-match", "all"),
            parameter("inner", "event.a.b", TEXTS),
            parameter("a__gte", "event.a", NUMBER));
    assertPasses(contract, "{\"a\":\"one\"}", "text", "one");
    assertPasses(contract, "{\"a\":\"one\"}", "code", 1);
    assertPasses(contract, "{\"a\":2}", "code", 2);
    assertPasses(contract, "{\"a\":[\"x\",\"y\"]}", "all", "y");
    assertPasses(contract, "{\"a\":{\"b\":\"z\"}}", "inner", "z");
    assertThat(
            contract
                .filter(new JsonObject().put("a__gte", 2))
                .matches(event(contract, "{\"a\":2}")))
        .isTrue();
    // The last value of a duplicate key counts, of whatever type.
    assertThat(
            contract
                .filter(query("inner", "z"))
                .matches(event(contract, "{\"a\":{\"b\":\"z\"},\"a\":\"z\"}")))
        .isFalse();
  }

  @Test
  void shortKeysAtTheEndOfThePayloadAreFound() {
    FilterContract contract = contract(parameter("a", "event.a", CODES));
    Event event = ParsedEvents.of(contract.events(), "{\"events\":[{\"a\":1}]}").get(0);
    assertThat(contract.filter(query("a", 1)).matches(event)).isTrue();
  }

  private static void assertPasses(
      FilterContract contract, String event, String name, Object value) {
    assertThat(contract.filter(query(name, value)).matches(event(contract, event)))
        .as("%s: %s", name, event)
        .isTrue();
  }

  private static JsonObject query(String name, Object value) {
    return new JsonObject().put(name, JsonArray.of(value));
  }

  private static Event event(FilterContract contract, String event) {
    return ParsedEvents.of(contract.events(), TestEvents.payload("[" + event + "]")).get(0);
  }

  private static JsonObject parameter(String name, String field, String schema) {
    return new JsonObject()
        .put("name", name)
        .put("in", "query")
        .put("explode", false)
        .put("x-event-field", field)
        .put("schema", new JsonObject(schema));
  }

  private static FilterContract contract(JsonObject... parameters) {
    return FilterContract.of(
        new JsonObject()
            .put(
                "paths",
                new JsonObject()
                    .put(
                        "/{api}/ws",
                        new JsonObject()
                            .put(
                                "get",
                                new JsonObject()
                                    .put("operationId", "ws")
                                    .put("parameters", new JsonArray(List.of(parameters)))))));
  }
}
