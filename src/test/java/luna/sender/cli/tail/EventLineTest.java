package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventLineTest {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-01-01T12:00:00.987Z"), ZoneOffset.UTC);

  private static String line(String message) {
    return new EventLine(false, NOON).of(message.getBytes(UTF_8));
  }

  @Test
  void exampleOfTheContractIsShownAsOneLine() throws Exception {
    try (InputStream in = getClass().getResourceAsStream("/openapi.yaml")) {
      JsonNode example =
          new YAMLMapper().readTree(in).at("/components/schemas/EventMessage/example");
      assertThat(line(example.toString()))
          .isEqualTo(
              "14:15:22  3rd Avenue  Moscow, CAO, mitino, schepkina 1/2str3"
                  + "  good guys fox1991 0.500  age 50  female  asian  surprise  medical mask"
                  + "  spoof  #tag1  #tag2");
    }
  }

  @Test
  void eventWithFewFieldsHasItsIdAndArrivalTime() {
    assertThat(line("{\"event\":{\"event_id\":\"e1\",\"tags\":null},\"event-create-time\":null}"))
        .isEqualTo("12:00:00  e1");
  }

  @Test
  void matchIsTheCandidateWithTheHighestSimilarity() {
    assertThat(
            line(
                """
                {"event":{"matches":[{"label":"a","candidates":[{"similarity":0.5}]},null,
                {"label":"b","candidates":[{"similarity":0.25},
                {"face":{"face_id":"f2","user_data":""},"similarity":0.75}]}]}}"""))
        .isEqualTo("12:00:00  b f2 0.750");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":{\"source\":[1],\"location\":7,\"matches\":{\"a\":1},\"tags\":\"x\"}}",
        "{\"event\":{\"matches\":[{\"candidates\":[{\"similarity\":\"high\"}]}]}}",
        "{\"event\":{\"face_attributes\":{\"basic_attributes\":{\"age\":\"old\",\"gender\":\"x\"}}}}",
      })
  void valuesOfOtherTypesAreOmitted(String message) {
    assertThat(line(message)).isEqualTo("12:00:00");
  }

  @Test
  void textOfAnEventCannotControlTheTerminal() {
    assertThat(line("{\"event\":{\"source\":\"a\\u001b]0;x\\u0007\\nb\\u202e\"}}"))
        .isEqualTo("12:00:00  a\\u001b]0;x\\u0007\\nb\\u202e");
    assertThat(line("no \u001b json")).isEqualTo("no \\u001b json");
  }

  @Test
  void coloursAreUsedOnlyWhenRequested() {
    byte[] message = "{\"event\":{\"source\":\"cam\"}}".getBytes(UTF_8);
    assertThat(new EventLine(true, NOON).of(message))
        .isEqualTo("\u001b[2m12:00:00\u001b[0m  \u001b[1mcam\u001b[0m");
    assertThat(Terminal.colours(Terminal.Colours.AUTO, true, Map.of())).isTrue();
    assertThat(Terminal.colours(Terminal.Colours.AUTO, false, Map.of())).isFalse();
    assertThat(Terminal.colours(Terminal.Colours.AUTO, true, Map.of("NO_COLOR", "1"))).isFalse();
    assertThat(Terminal.colours(Terminal.Colours.AUTO, true, Map.of("TERM", "dumb"))).isFalse();
    assertThat(Terminal.colours(Terminal.Colours.ALWAYS, false, Map.of("NO_COLOR", "1"))).isTrue();
    assertThat(Terminal.colours(Terminal.Colours.NEVER, true, Map.of())).isFalse();
  }

  @Test
  void noticesAreSentences() {
    byte[] gap =
        """
        {"gap":{"from":"2026-08-11T09:11:41.674Z","to":"2026-08-11T09:11:44.020Z",\
        "cause":"redis_closed","dropped":null}}"""
            .getBytes(UTF_8);
    assertThat(NoticeText.is(gap)).isTrue();
    assertThat(NoticeText.text(gap))
        .isEqualTo(
            "gap: events may be missing between 2026-08-11T09:11:41.674Z and"
                + " 2026-08-11T09:11:44.020Z (redis_closed)");
    assertThat(
            NoticeText.text(
                "{\"interruption\":{\"from\":\"then\",\"cause\":\"redis_lost\"}}".getBytes(UTF_8)))
        .isEqualTo(
            "interrupted: events may be missing since then (redis_lost); a gap message follows at the end");
    assertThat(NoticeText.is("{\"interruption\":{}}".getBytes(UTF_8))).isTrue();
    assertThat(NoticeText.text("{\"gap\":{\"dropped\":1,\"cause\":\"slow\"}}".getBytes(UTF_8)))
        .startsWith("gap: 1 event dropped");
    assertThat(
            NoticeText.text(
                "{\"stats\":{\"seen\":12,\"passed\":3,\"refused\":{\"gender\":9}}}"
                    .getBytes(UTF_8)))
        .isEqualTo("filter: 3 of 12 events passed; rejected by gender 9");
    assertThat(NoticeText.is("{\"event\":{\"gap\":1}}".getBytes(UTF_8))).isFalse();
  }

  @Test
  void jsonLineIsTheMessageWithoutItsLineBreaks() {
    assertThat(JsonLine.of("{\r\n\"a\":1.0 }".getBytes(UTF_8)))
        .isEqualTo("{  \"a\":1.0 }\n".getBytes(UTF_8));
  }
}
