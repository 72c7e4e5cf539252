package luna.sender.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Checks the runbooks: each alert has one, in a fixed form, with commands that exist. */
final class RunbookTest {
  private static final Path CHAPTER = Path.of("src/main/manual/chapters/monitoring.adoc");
  private static final Path ALERTS = Path.of("conf/prometheus/alerts.yaml");
  private static final Path CHART = Path.of("conf/helm/luna-sender/templates/prometheusrule.yaml");
  private static final int LINES = 60;

  private static final Pattern ALERT_NAMES = Pattern.compile("(?m)^_([A-Za-z, ]+)_$");
  private static final Pattern LISTING = Pattern.compile("(?s)----\n(.*?)\n----");
  private static final Pattern CHECKS =
      Pattern.compile("(?s)\\*How to check:\\*\n\n\\[source,bash]\n----\n(.*?)\n----");

  private static final Pattern REQUEST =
      Pattern.compile("curl [^|\n]*\\$LUNA_SENDER_URL(/[a-z0-9]+)");

  /** What the shell, and not the command, gets. */
  private static final Pattern REST = Pattern.compile(" *(?:#|\\||>|&&|;|\\)).*");

  private static final List<String> PARTS =
      List.of(
          "\n*Who is affected:* ",
          "\n*How to check:*\n",
          "\n*What to do:*|\n*What to do,* ",
          "\n*Do not restart* ",
          "\n*It ends* ");

  private record Runbook(String id, String text) {
    @Override
    public String toString() {
      return id;
    }

    List<String> alerts() {
      List<MatchResult> names = ALERT_NAMES.matcher(text).results().toList();
      assertThat(names).hasSize(1);
      return Arrays.asList(names.get(0).group(1).split(", "));
    }

    List<String> commands() {
      return LISTING
          .matcher(text)
          .results()
          .flatMap(listing -> listing.group(1).lines())
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  static List<Runbook> runbooks() {
    String all = read(CHAPTER);
    all = all.substring(all.indexOf("[#runbooks]"));
    List<Runbook> runbooks = new ArrayList<>();
    for (String section : all.split("(?m)^\\[#(?=runbook-)")) {
      int end = section.indexOf("]\n==== ");
      if (end > 0) {
        runbooks.add(new Runbook(section.substring(0, end), section.substring(end)));
      }
    }
    return runbooks;
  }

  @Test
  void eachAlertLeadsToTheRunbookThatNamesIt() throws IOException {
    Map<String, Set<String>> linked = new TreeMap<>();
    for (JsonNode group : new YAMLMapper().readTree(ALERTS.toFile()).path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        String url = rule.at("/annotations/runbook_url").asText();
        assertThat(url).startsWith(CHAPTER + "#");
        linked
            .computeIfAbsent(url.substring(url.indexOf('#') + 1), absent -> new TreeSet<>())
            .add(rule.path("alert").asText());
      }
    }
    Map<String, Set<String>> named = new TreeMap<>();
    runbooks().forEach(each -> named.put(each.id, new TreeSet<>(each.alerts())));
    assertThat(named).hasSizeGreaterThan(20).isEqualTo(linked);
  }

  @Test
  void chartReplacesTheAddressThatTheRulesHave() {
    assertThat(read(CHART)).contains("| replace \"" + CHAPTER + "#\" ");
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void runbookHasItsFivePartsInOrder(Runbook runbook) {
    int last = 0;
    for (String part : PARTS) {
      List<Integer> places =
          Arrays.stream(part.split("\\|")).map(runbook.text::indexOf).filter(at -> at > 0).toList();
      assertThat(places).as(part).hasSize(1);
      assertThat(places.get(0)).as(part).isGreaterThan(last);
      last = places.get(0);
    }
    assertThat(runbook.text.lines().count()).isLessThanOrEqualTo(LINES);
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void runbookChecksByTwoCommandsWithGoodAndBadOutput(Runbook runbook) {
    List<String> listings =
        CHECKS.matcher(runbook.text).results().map(found -> found.group(1)).toList();
    assertThat(listings).hasSize(1);
    assertThat(listings.get(0).lines().map(line -> line.split(" ", 3)[0] + kind(line)))
        .hasSize(6)
        .satisfies(
            lines -> {
              for (int at : new int[] {0, 3}) {
                assertThat(lines.get(at)).doesNotStartWith("#");
                assertThat(lines.get(at + 1)).isEqualTo("# good");
                assertThat(lines.get(at + 2)).isEqualTo("# bad");
              }
            });
  }

  private static String kind(String line) {
    return line.startsWith("# good: ") ? " good" : line.startsWith("# bad:  ") ? " bad" : "";
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void commandsOfTheServiceAreValid(Runbook runbook) {
    for (String command : runbook.commands()) {
      int start = command.indexOf("luna-sender ");
      if (command.startsWith("luna-sender ") || command.startsWith("( set -a; ")) {
        parse(REST.matcher(command.substring(start)).replaceFirst("").strip());
      }
    }
  }

  /** Fails if a command line is invalid. */
  private static void parse(String command) {
    String given =
        command
            .replaceFirst("^[^ ]*.*luna-sender(?= [a-z])", "")
            .replace("$ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")
            .strip();
    CommandLine main = Main.commands();
    try {
      main.parseArgs(given.split(" +"));
    } catch (ParameterException invalid) {
      throw new AssertionError(command, invalid);
    }
  }

  @Test
  void invalidCommandsAreFound() {
    for (String invalid : List.of("luna-sender close --all", "luna-sender connection -a x")) {
      assertThatThrownBy(() -> parse(invalid)).isInstanceOf(AssertionError.class);
    }
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void commandsForRedisNameItsPortAndChecksDoNotHang(Runbook runbook) {
    assertThat(runbook.commands())
        .filteredOn(command -> command.contains("redis-cli"))
        .allMatch(command -> command.contains("redis-cli -h $RH -p "));
    assertThat(CHECKS.matcher(runbook.text).results().flatMap(found -> found.group(1).lines()))
        .filteredOn(line -> line.contains("redis-cli"))
        .allMatch(line -> line.startsWith("timeout 5 redis-cli "));
  }

  @Test
  void requestedPathsExist() throws IOException {
    Map<String, Boolean> paths = new LinkedHashMap<>();
    JsonNode contract = new YAMLMapper().readTree(Path.of("openapi.yaml").toFile()).path("paths");
    for (Runbook runbook : runbooks()) {
      for (String command : runbook.commands()) {
        REQUEST
            .matcher(command)
            .results()
            .map(found -> found.group(1))
            .forEach(path -> paths.put(path, contract.has(path)));
      }
    }
    assertThat(paths).containsKeys("/healthcheck", "/readyz", "/livez").doesNotContainValue(false);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
