package luna.sender.pages;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import luna.sender.contract.ContractDocument;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute;
import luna.sender.event.EventAttribute.Aggregate;
import luna.sender.event.EventAttribute.Type;
import luna.sender.filter.FilterParameter;
import luna.sender.testing.TestContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Checks the tables of filters in the manual and in the README against the contract. The manual's
 * examples are written by hand, so the table is not generated.
 */
final class FilterTableTest {
  private static final Path CHAPTER = Path.of("src/main/manual/chapters/filters.adoc");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /** A row without its example. */
  private record Row(String name, String reads, String values) {
    static Row of(String line) {
      String[] cells = line.substring(1).split(" \\|", -1);
      return new Row(plain(cells[0]), plain(cells[1]), plain(cells[2]));
    }

    static Row of(FilterParameter filter) {
      return new Row(filter.name(), path(filter.attribute().event()), kind(filter));
    }
  }

  @Test
  void manualHasARowWithPathAndValuesOfEachFilter() throws IOException {
    String chapter = Files.readString(CHAPTER);
    String table = chapter.substring(chapter.indexOf("\n=== Each filter"));
    table = table.substring(0, table.lastIndexOf("\n|===\n", table.indexOf("\n=== ", 5)));
    List<Row> rows = new ArrayList<>();
    for (String line : table.lines().filter(line -> line.startsWith("|`")).toList()) {
      Row row = Row.of(line);
      String reads = row.reads.equals("the same") ? rows.get(rows.size() - 1).reads : row.reads;
      rows.add(new Row(row.name, reads, row.values));
    }

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            TestContract.FILTERS.parameters().stream().map(Row::of).toList());
  }

  @Test
  void readmeHasEachFilterInItsTable() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String table = readme.substring(readme.indexOf("\n| filter | reads"));
    List<String> names = new ArrayList<>();
    for (String row : table.substring(0, table.indexOf("\n\n")).lines().skip(3).toList()) {
      for (String code : codeSpans(row.substring(0, row.indexOf(" | ")))) {
        String last = names.isEmpty() ? "" : names.get(names.size() - 1);
        names.add(code.startsWith("__") ? last.substring(0, last.indexOf("__")) + code : code);
      }
    }

    assertThat(names)
        .containsExactlyInAnyOrderElementsOf(
            TestContract.FILTERS.parameters().stream().map(FilterParameter::name).toList());
  }

  private static List<String> codeSpans(String text) {
    return CODE.matcher(text).results().map(code -> code.group(1)).toList();
  }

  /** Removes the marks of AsciiDoc, and the places where a long path may be divided. */
  private static String plain(String cell) {
    return cell.replaceAll("[`+*]", "").replace(" .", ".");
  }

  private static String path(EventAttribute event) {
    if (!event.path().startsWith("event.")) {
      return event.path() + ", beside event";
    }
    String text = event.path().substring("event.".length());
    if (event.aggregate() != Aggregate.ALL) {
      text = "the " + event.aggregate().name().toLowerCase(Locale.ROOT) + " of " + text;
    }
    String requires = event.requires();
    return requires == null
        ? text
        : text + ", where " + lastKey(requires).replace("[]", "") + " is not empty";
  }

  private static String lastKey(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private static String kind(FilterParameter filter) {
    EventAttribute event = filter.attribute().event();
    JsonObject schema = schema(filter.name());
    return switch (filter.kind()) {
      case ANY_OF -> event.type() == Type.UUID ? "list of UUIDs" : "list of text";
      case ALL_OF -> "list of text" + lengths(schema.getJsonObject("items")) + ", all present";
      case CODE -> "one of: " + codes(event.codes());
      case CODES -> "list of: " + codes(event.codes());
      case GTE, LT -> number(schema);
    };
  }

  private static JsonObject schema(String filter) {
    return ContractDocument.read()
        .json()
        .getJsonObject("components")
        .getJsonObject("parameters")
        .getJsonObject(filter)
        .getJsonObject("schema");
  }

  private static String lengths(JsonObject text) {
    return " of "
        + text.getInteger("minLength")
        + " to "
        + text.getInteger("maxLength")
        + " characters";
  }

  private static String codes(@Nullable CodeNames given) {
    CodeNames names = Objects.requireNonNull(given);
    return IntStream.range(0, names.size())
        .mapToObj(i -> names.number(i) + " " + names.name(i))
        .collect(joining(", "));
  }

  private static String number(JsonObject schema) {
    String type = schema.getString("type").equals("integer") ? "whole number" : "number";
    Number maximum = schema.getNumber("maximum");
    return maximum == null
        ? type + ", " + schema.getNumber("minimum") + " or more"
        : type + " from " + schema.getNumber("minimum") + " to " + maximum;
  }
}
