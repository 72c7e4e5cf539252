package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResumeTest {
  private static final String POSITION = "6a2b01c3f-17-1764432000123-0-2";
  private static final String EVENT =
      "{\"event\":{\"position\":\"left\"},\"handler_id\":null,\"Luna-Request-id\":\"1,2\"";
  private static final Instant NOW = Instant.parse("2026-01-31T08:10:00Z");

  private final Resume resume = new Resume(Resume.Start.LIVE, NOW);

  @Test
  void firstHandshakeAsksOnlyForPositions() {
    assertThat(resume.query()).containsExactly("positions=1");
  }

  @Test
  void nextHandshakeContinuesAfterTheLastEvent() {
    assertThat(printed(EVENT + ",\"position\":\"" + POSITION + "\"}")).isEqualTo(EVENT + "}");
    assertThat(resume.query()).containsExactly("after=" + POSITION, "positions=1");
  }

  @Test
  void heartbeatAdvancesThePositionAndIsNotPrinted() {
    assertThat(printed("{\"position\":\"" + POSITION + "\"}")).isNull();
    assertThat(resume.position()).isEqualTo(POSITION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {EVENT + "}", "{\"gap\":{\"dropped\":1}}", "{\"live\":{\"position\":\"a\"}}", "{}"})
  void messageWithoutPositionIsPrintedUnchanged(String message) {
    assertThat(printed(message)).isEqualTo(message);
    assertThat(resume.position()).isNull();
  }

  @Test
  void positionsArePrintedOnRequest() {
    Resume shown = new Resume(new Resume.Start(0, null, null, true), NOW);
    byte[] message = (EVENT + ",\"position\":\"" + POSITION + "\"}").getBytes(UTF_8);
    assertThat(shown.received(message)).isEqualTo(message);
    assertThat(shown.position()).isEqualTo(POSITION);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "20, -, -, last=20",
        "0, 10m, -, since=2026-01-31T08:00:00Z",
        "0, 2026-01-31T07:00:00Z, -, since=2026-01-31T07:00:00Z",
        "0, -, a b, after=a%20b",
      })
  void startOfTheUserIsTheFirst(
      int last, @Nullable String since, @Nullable String after, String part) {
    Resume started = new Resume(new Resume.Start(last, since, after, false), NOW);
    assertThat(started.query()).containsExactly(part, "positions=1");
  }

  @Test
  void serviceWithoutHistoryIsTailedWithoutPositions() {
    assertThat(resume.withoutHistory("positions: 1 (expected: LUNA_SENDER_HISTORY.MODE)")).isTrue();
    assertThat(resume.query()).isEmpty();
    assertThat(resume.withoutHistory("LUNA_SENDER_HISTORY.MODE")).isFalse();
  }

  @Test
  void otherErrorsEndTheStart() {
    assertThat(resume.withoutHistory("gender: 5 (expected: 0 or 1)")).isFalse();
    assertThat(
            new Resume(new Resume.Start(5, null, null, false), NOW)
                .withoutHistory("last: 5 (expected: none; LUNA_SENDER_HISTORY.MODE is off)"))
        .isFalse();
  }

  @Test
  void invalidStartIsRejected() {
    assertThatThrownBy(() -> new Resume.Start(1001, null, null, false))
        .hasMessage("--last: 1001 (expected: 1 to 1000)");
    assertThatThrownBy(() -> new Resume.Start(0, "yesterday", null, false))
        .hasMessage(
            "--since: yesterday (expected: 10m, 1h or a time such as 2026-01-31T08:00:00Z)");
    assertThatThrownBy(() -> new Resume.Start(1, "1h", null, false))
        .hasMessage("--last, --since, --after: more than one (expected: at most one of them)");
  }

  private @Nullable String printed(String message) {
    byte[] printed = resume.received(message.getBytes(UTF_8));
    return printed == null ? null : new String(printed, UTF_8);
  }
}
