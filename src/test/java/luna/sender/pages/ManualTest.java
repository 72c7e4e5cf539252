package luna.sender.pages;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that the classes, keys, metrics and files that the manual names exist in the tree. */
final class ManualTest {
  private static final Path CHAPTERS = Path.of("src/main/manual/chapters");
  private static final Path MAIN = Path.of("src/main/java/luna/sender");

  /** Contains the kinds of faults of a chaos run, which have the form of keys. */
  private static final Path CHAOS = Path.of("src/test/java/luna/sender/chaos/ChaosRun.java");

  private static final Pattern CODE = Pattern.compile("`\\+?([^`\\n]+?)\\+?`");
  private static final Pattern TYPE = Pattern.compile("[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+");
  private static final Pattern ANY_TYPE = Pattern.compile("[A-Z][a-z]\\w*");

  /** A type with the package below {@code luna.sender}, and one of its methods or constants. */
  private static final Pattern MEMBER =
      Pattern.compile("(?:([a-z]+)\\.)?([A-Z][A-Za-z0-9]+)(?:\\.([A-Za-z]+))?");

  private static final Pattern KEY = Pattern.compile("([A-Z][A-Z0-9_.]*)(?:(?:: |=).*)?");
  private static final Pattern METRIC = Pattern.compile("\\bluna_sender_[a-z_]*[a-z]\\b");
  private static final Pattern FILE =
      Pattern.compile("(?<![\\w/.])(?:conf|src|\\.ci)/[\\w./-]*\\w");
  private static final Pattern CONFIG_KEY = Pattern.compile("(?m)^ *([A-Z][A-Z0-9_]*):");
  private static final Pattern CONSTANT = Pattern.compile("\\b[A-Z]+(?:_[A-Z]+)+\\b");
  private static final Pattern SCHEMA = Pattern.compile("(?m)^    ([A-Z]\\w+):$");

  private static final List<String> FOLDERS =
      List.of("src/browser/java", "src/build", "src/main/java", "src/test/java");

  /** Types of libraries, of browsers, of Kubernetes and of LUNA. */
  private static final Set<String> FOREIGN_TYPES =
      Set.of("AlwaysAllow", "EventSource", "JsonObject", "LunaWSClient", "OutOfMemoryError");

  /** Environment variables that are not keys of the configuration. */
  private static final Set<String> VARIABLES =
      Set.of(
          "EMBEDDED_REDIS_EXECUTABLE",
          "JAVA_HOME",
          "JAVA_OPTS",
          "LUNA_ACCOUNT",
          "LUNA_RESUME",
          "LUNA_SENDER_ACCOUNT",
          "LUNA_SENDER_CONFIG",
          "LUNA_SENDER_OPERATOR_TOKEN",
          "LUNA_SENDER_TOKEN",
          "LUNA_SENDER_URL",
          "LUNA_TOKEN",
          "LUNA_TOKEN_FILE",
          "LUNA_URL",
          "NO_COLOR",
          "NVD_API_KEY",
          "SECTION__KEY");

  @Test
  void everyTypeThatTheManualNamesExists() throws IOException {
    Set<String> known = new TreeSet<>(FOREIGN_TYPES);
    known.addAll(found(SCHEMA, Files.readString(Path.of("openapi.yaml"))));
    for (String folder : FOLDERS) {
      known.addAll(types(Path.of(folder)));
    }
    Set<String> named = new TreeSet<>(names(TYPE, chapters()));
    named.addAll(names(ANY_TYPE, Files.readString(CHAPTERS.resolve("architecture.adoc"))));

    assertThat(named).contains("RedisBridge", "EventFilter", "Hub");
    assertThat(known).containsAll(named);
  }

  @Test
  void everyMemberInTheTableOfPlacesExists() throws IOException {
    String chapter = Files.readString(CHAPTERS.resolve("architecture.adoc"));
    String places = chapter.substring(chapter.indexOf("=== Where is"));
    places = places.substring(0, places.indexOf("=== How"));
    int checked = 0;
    for (String name : found(CODE, places)) {
      Matcher member = MEMBER.matcher(name);
      if (member.matches()) {
        String folder = member.group(1) == null ? "" : member.group(1) + "/";
        Path file = MAIN.resolve(folder + member.group(2) + ".java");
        assertThat(file).as(name).exists();
        if (member.group(3) != null) {
          assertThat(Files.readString(file))
              .as(name)
              .containsPattern("\\b" + member.group(3) + "\\(");
        }
        checked++;
      }
    }

    assertThat(checked).isGreaterThan(50);
  }

  @Test
  void everyKeyThatTheManualNamesIsAKeyOfTheConfiguration() throws IOException {
    Set<String> known = found(CONFIG_KEY, Files.readString(Path.of("conf/config.yaml")));
    known.addAll(found(CONSTANT, Files.readString(CHAOS)));
    Set<String> named = new TreeSet<>();
    for (String name : names(KEY, chapters())) {
      if (name.contains("_") && !VARIABLES.contains(name)) {
        named.addAll(List.of(name.split("__|\\.", -1)));
      }
    }

    assertThat(named).contains("QUEUE_LIMIT_BYTES", "LUNA_SENDER_LIMITS");
    assertThat(known).containsAll(named);
  }

  @Test
  void everyMetricThatTheManualNamesIsRegistered() throws IOException {
    String source = text(MAIN, ".java");
    Set<String> named = found(METRIC, chapters());

    assertThat(named).contains("luna_sender_events_delivered_total");
    assertThat(named)
        .allMatch(
            name ->
                Stream.of(name, name.replaceFirst("_(total|seconds|(limit_)?bytes)$", ""))
                    .anyMatch(meter -> source.contains('"' + meter + '"')));
  }

  @Test
  void everyFileOfTheTreeThatTheManualNamesExists() throws IOException {
    Set<String> named = found(FILE, chapters());

    assertThat(named).contains("conf/config.yaml", "conf/jvm.options");
    assertThat(named).allMatch(file -> Files.exists(Path.of(file)));
  }

  private static String chapters() throws IOException {
    return text(CHAPTERS, ".adoc");
  }

  private static String text(Path folder, String suffix) throws IOException {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(suffix)).sorted().toList()) {
        text.append(Files.readString(file)).append('\n');
      }
    }
    return text.toString();
  }

  private static Set<String> types(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(toSet());
    }
  }

  /** The names between backquotes that have this form; the first group is the name, if any. */
  private static Set<String> names(Pattern form, String text) {
    return found(
        Pattern.compile("(?m)^(?:" + form.pattern() + ")$"),
        CODE.matcher(text).results().map(code -> code.group(1)).collect(joining("\n")));
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(match -> match.group(match.groupCount() == 0 ? 0 : 1))
        .collect(toCollection(TreeSet::new));
  }
}
