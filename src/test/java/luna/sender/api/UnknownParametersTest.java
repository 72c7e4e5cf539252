package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UnknownParametersTest {
  private static final Set<String> KNOWN =
      Set.of("age__gte", "age__lt", "gaps", "gender", "object_similarity__lt", "sources", "tags");

  @ParameterizedTest
  @CsvSource({
    "source, sources",
    "Sources, sources",
    "GENDER, gender",
    "tag, tags",
    "age, age__gte",
    "age_gte, age__gte",
    "object_similarity, object_similarity__lt",
    "gap, gaps",
  })
  void nameThatIsCloseToAParameterCausesAWarning(String name, String nearest) {
    String warning = name + ": unknown (did you mean " + nearest + "?)";
    assertThat(unknown(name + "=1").warnings()).containsExactly(warning);
    assertThat(unknown(name + "=1").fault()).isEqualTo(warning);
  }

  @ParameterizedTest
  @ValueSource(strings = {"colour", "_", "ts", "", "stream_ids", "object_similarity__l_t_and_more"})
  void otherNameIsOnlyListed(String name) {
    assertThat(unknown(name + "=1").warnings()).isEmpty();
    assertThat(unknown(name + "=1").names()).containsExactly(name);
    assertThat(unknown(name + "=1").fault())
        .endsWith(": unknown (expected: a parameter in /docs/spec)");
  }

  @Test
  void knownNameIsNoFault() {
    UnknownParameters none = unknown("gender=1&sources=a&sources=b");
    assertThat(none.fault()).isNull();
    assertThat(none.listed()).isEmpty();
    assertThat(none.warnings()).isEmpty();
  }

  @Test
  void firstNameOfTheQueryIsTheFault() {
    assertThat(unknown("gender=1&zzz=1&source=2").fault()).startsWith("zzz: unknown");
    assertThat(unknown("source=2&zzz=1").fault()).startsWith("source: unknown");
  }

  /** Comparing each of 5,000 names with each parameter would take tens of milliseconds. */
  @Test
  void onlyTheFirstNamesAreCompared() {
    String many =
        IntStream.range(0, 5000)
            .mapToObj(i -> "source" + i + "=1")
            .collect(Collectors.joining("&"));
    List<String> warnings = unknown(many).warnings();
    assertThat(warnings).hasSizeBetween(10, 80);
    assertThat(warnings.get(0)).startsWith("source0: unknown (did you mean sources?)");
    // A long name does not prevent that a short one is compared.
    assertThat(unknown("x".repeat(513) + "&source=1").warnings()).hasSize(1);
    assertThat(unknown("x".repeat(30_000)).fault()).startsWith("x".repeat(64) + "…: unknown (exp");
  }

  private static UnknownParameters unknown(String query) {
    return UnknownParameters.of(QueryString.of(query), KNOWN);
  }
}
