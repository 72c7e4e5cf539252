package luna.sender.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ContractOverlayTest {
  private static final String PARAMETERS = "$.paths['/{api}/ws'].get.parameters";

  @TempDir private Path folder;

  @Test
  void updateOfAListAppendsAnEntry() {
    JsonArray before = parameters(ContractDocument.read());

    JsonArray after =
        parameters(
            changed(
                action(PARAMETERS, "update: {name: added, in: query, x-event-field: event.a}")));

    assertThat(after).hasSize(before.size() + 1);
    assertThat(after.getJsonObject(before.size()))
        .isEqualTo(
            new JsonObject()
                .put("name", "added")
                .put("in", "query")
                .put("x-event-field", "event.a"));
  }

  @Test
  void updateOfAnObjectIsMergedRecursively() {
    JsonObject before = filter(ContractDocument.read(), "emotions");

    JsonObject after =
        filter(
            changed(
                action(
                    "$.components.parameters.emotions",
                    "update: {x-new: 7, schema: {maxItems: 5, items: {enum: [8],"
                        + " x-enum-varnames: [contempt]}}}")),
            "emotions");

    assertThat(after.getInteger("x-new")).isEqualTo(7);
    assertThat(after.getString("name")).isEqualTo(before.getString("name"));
    JsonObject schema = after.getJsonObject("schema");
    assertThat(schema.getInteger("maxItems")).isEqualTo(5);
    assertThat(schema.getInteger("minItems")).isEqualTo(1);
    assertThat(schema.getJsonObject("items").getJsonArray("enum"))
        .as("lists are joined")
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void removalByFilterExpressionRemovesOneEntry() {
    ContractDocument changed =
        changed(
            action(
                PARAMETERS + "[?(@['$ref'] == '#/components/parameters/masks')]", "remove: true"));

    assertThat(parameters(changed).encode()).doesNotContain("masks").contains("emotions");
    assertThat(parameters(changed)).hasSize(parameters(ContractDocument.read()).size() - 1);
  }

  @Test
  void eventsOverHttpHaveTheFiltersOfAWebSocket() {
    assertThat(filters(ContractDocument.read(), "/{api}/events")).hasSize(18);
    ContractDocument changed =
        changed(
            action(PARAMETERS + "[?(@['$ref'] == '#/components/parameters/masks')]", "remove: true")
                + action(
                    PARAMETERS,
                    "update: {name: lanes, in: query, x-event-field: event.lane, schema: {type: array,"
                        + " maxItems: 9, items: {type: string, minLength: 1}}}"));

    assertThat(filters(changed, "/{api}/events"))
        .contains("lanes")
        .doesNotContain("#/components/parameters/masks")
        .isEqualTo(filters(changed, "/{api}/ws"));
    assertThat(parameters(changed, "/{api}/events").encode()).contains("\"wait\"", "\"limit\"");
    assertThat(new String(changed.yaml(), StandardCharsets.UTF_8)).contains("event.lane");
  }

  /** Returns the names of filters, or the references to them. */
  private static List<String> filters(ContractDocument document, String path) {
    List<String> filters = new ArrayList<>();
    for (Object each : parameters(document, path)) {
      JsonObject entry = (JsonObject) each;
      String reference = entry.getString("$ref", "/");
      JsonObject parameter =
          entry.containsKey("$ref")
              ? filter(document, reference.substring(reference.lastIndexOf('/') + 1))
              : entry;
      if (parameter.containsKey("x-event-field")) {
        filters.add(entry.getString("$ref", parameter.getString("name")));
      }
    }
    return filters;
  }

  @Test
  void actionsApplyInTheirOrder() {
    String add = action("$.components.parameters", "update: {added: {name: first}}");
    String change = action("$.components.parameters.added", "update: {name: second}");

    assertThat(filter(changed(add + change), "added").getString("name")).isEqualTo("second");
  }

  @Test
  void servedYamlIsTheChangedDocument() {
    ContractDocument changed = changed(action("$.info", "update: {title: Orders}"));

    String yaml = new String(changed.yaml(), StandardCharsets.UTF_8);
    assertThat(yaml).contains("title: \"Orders\"");
    ContractDocument again = changed.with(read("other.yaml", action("$.info", "update: {x-a: 1}")));
    assertThat(again.json().getJsonObject("info").getString("title")).isEqualTo("Orders");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "overlay: 2.0.0\\nactions: []|overlay: 2.0.0 (expected: 1.0.0)",
        "actions: []|overlay: none (expected: 1.0.0)",
        "overlay: 1.0.0|info: none (expected: an object with title and version)",
        "overlay: 1.0.0\\nactions: []|actions: [] (expected: a list of one or more)",
        "overlay: 1.0.0\\naction: []|action (expected: overlay, info, extends, actions)",
        "overlay: 1.0.0\\nactions: [7]|actions[0]: 7 (expected: an object)",
        "overlay: 1.0.0\\nactions: [{target: $.info}]|"
            + "actions[0]: [target] (expected: update, or remove: true)",
        "overlay: 1.0.0\\nactions: [{update: {}}]|"
            + "actions[0].target: none (expected: a JSONPath, such as $.components.parameters)",
        "overlay: 1.0.0\\nactions: [{target: '$[', remove: true}]|"
            + "actions[0].target: $[ (expected: a JSONPath, such as $.components.parameters)",
        "overlay: 1.0.0\\nactions: [{target: $.info, removes: true}]|"
            + "actions[0]: removes (expected: target, description, update, remove)",
        "overlay: 1.0.0\\nactions: [{target: $.info, remove: 1}]|"
            + "actions[0].remove: 1 (expected: true or false)",
        "overlay: 1.0.0\\nactions: [{target: $.nothing, update: {}}]|"
            + "actions[0].target: $['nothing'] (expected: it selects an object or a list)",
        "overlay: 1.0.0\\nactions: [{target: $.info.title, update: {}}]|"
            + "actions[0].update: Luna Sender (expected: its target is an object or a list)",
        "overlay: 1.0.0\\nactions: [{target: $.info, update: 7}]|"
            + "actions[0].update: 7 (expected: an object)",
        "overlay: 1.0.0\\nactions: [{target: $.info, update: {title: {}}}]|"
            + "actions[0].update.title: {} (expected: one value, because the contract has one"
            + " here)",
        "overlay: 1.0.0\\nactions: [{target: $, update: {tags: 7}}]|"
            + "actions[0].update.tags: 7 (expected: a list, because the contract has a list here)",
        "overlay: 1.0.0\\noverlay: 1.0.0|Duplicate field",
        "overlay: 1.0.0\\nactions: [{target: $.components.parameters.mask, remove: true}]|"
            + "actions[0].target: $['components']['parameters']['mask'] (expected: it selects an"
            + " object or a list)",
        "overlay: 1.0.0\\nactions: [{target: $.info.title, remove: true}]|info.title: none (expected",
        "overlay: 1.0.0\\nactions: [{target: $, remove: true}]|actions[0].target: $ (expected: ",
        "overlay: 1.0.0\\nactions: [{target: '$.tags[-1]', remove: true}]|actions[0].target: $",
        "overlay: 1.0.0\\nactions: [{target: '$.paths.keys()', remove: true}]|actions[0].target: $",
        "overlay: 1.0.0\\nactions: [{target: paths, remove: true}]|actions[0].target: paths (expected",
        "overlay: 1.0.0\\nactions: [{target: '$.tags[?(@.name =~ /(a*)*b/)]', remove: true}]|"
            + "actions[0].target: $.tags[?(@.name =~ /(a*)*b/)] (expected: a JSONPath",
        "overlay: 1.0.0\\nactions: [{target: $.paths, remove: true}]|paths: changed (expected: ",
        "overlay: 1.0.0\\nactions: [{target: '$..*', remove: true}]|(expected: ",
        "overlay: 1.0.0\\nactions: [{target: \"$.paths['/livez']\", remove: true}]|"
            + "paths./livez: changed (expected: an overlay changes only info",
        "overlay: 1.0.0\\nactions: [{target: $.components.parameters.slow, update: {x-a: 1}}]|"
            + "parameter slow: in query, x-event-field null (expected: in query, with x-event-field)",
        "overlay: 1.0.0\\nactions: [{target: $.components.parameters.gender, update: {in: cookie}}]|"
            + "parameter gender: in cookie, ",
        "overlay: 1.0.0\\nactions: [{target: \"$.paths['/{api}/ws'].get.parameters\", update: []}]|"
            + "actions[0].update: [] (expected: an object)",
        "overlay: 1.0.0\\nactions: [{target: \"$.paths['/{api}/ws'].get.parameters\","
            + " update: {$ref: '#/components/parameters/none'}}]|"
            + "parameters of ws: $ref #/components/parameters/none (expected: "
      })
  void errorHasTheFileAndThePlace(String text, String error) throws IOException {
    Path file = folder.resolve("bad.yaml");
    String info = "overlay: 1.0.0\ninfo: {title: Test, version: 1}\nactions";
    Files.writeString(file, text.replace("\\n", "\n").replace("overlay: 1.0.0\nactions", info));

    assertThatThrownBy(() -> ContractDocument.read().with(ContractOverlay.read(file)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(error);
  }

  @Test
  void onlyARegularFileOfALimitedSizeIsRead() throws IOException {
    Path large = folder.resolve("large.yaml");
    Files.writeString(large, "#".repeat((1 << 20) + 1));

    assertThatThrownBy(() -> ContractOverlay.read(large))
        .hasMessage(large + ": too large (expected: at most 1048576 bytes)");
    assertThatThrownBy(() -> ContractOverlay.read(folder))
        .hasMessage(folder + ": no regular file (expected: a YAML file)");
  }

  private static String action(String target, String change) {
    return "  - target: \"" + target + "\"\n    " + change + "\n";
  }

  private ContractDocument changed(String actions) {
    return ContractDocument.read().with(read("overlay.yaml", actions));
  }

  private ContractOverlay read(String name, String actions) {
    Path file = folder.resolve(name);
    try {
      Files.writeString(
          file, "overlay: 1.0.0\ninfo: {title: Test, version: 1.0.0}\nactions:\n" + actions);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    return ContractOverlay.read(file);
  }

  private static JsonArray parameters(ContractDocument document) {
    return parameters(document, "/{api}/ws");
  }

  private static JsonArray parameters(ContractDocument document, String path) {
    return document
        .json()
        .getJsonObject("paths")
        .getJsonObject(path)
        .getJsonObject("get")
        .getJsonArray("parameters");
  }

  private static JsonObject filter(ContractDocument document, String name) {
    return document
        .json()
        .getJsonObject("components")
        .getJsonObject("parameters")
        .getJsonObject(name);
  }
}
