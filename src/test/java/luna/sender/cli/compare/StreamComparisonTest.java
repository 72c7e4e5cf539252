package luna.sender.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StreamComparisonTest {
  private final StreamComparison comparison = new StreamComparison();

  @Test
  void equalStreamsHaveNoDifference() {
    for (String id : "a b c d".split(" ")) {
      comparison.addFirst(message(id, 1));
      comparison.addSecond(message(id, 3));
    }
    ComparisonReport report = comparison.report(0, 10);
    assertThat(report.hasDifferences()).isFalse();
    assertThat(report.compared()).isEqualTo(4);
    assertThat(report.delays()).containsOnly(2L);
  }

  @Test
  void eventOfOnlyOneStreamIsReported() {
    comparison.addFirst(message("a", 1));
    comparison.addFirst(message("lost", 2));
    comparison.addSecond(message("a", 3));
    comparison.addSecond(message("extra", 4));
    ComparisonReport report = comparison.report(0, 10);
    assertThat(report.onlyFirst()).containsExactly("lost");
    assertThat(report.onlySecond()).containsExactly("extra");
    assertThat(report.outOfOrder()).isEmpty();
  }

  @Test
  void eventThatMayBelongToAnotherTimeIsNotReported() {
    comparison.addFirst(message("before both were open", 4));
    comparison.addFirst(message("still on its way", 11));
    comparison.addFirst(message("at the beginning", 5));
    comparison.addFirst(message("at the end", 10));
    assertThat(comparison.report(5, 10).onlyFirst())
        .containsExactly("at the beginning", "at the end");
  }

  @Test
  void eventSentTwiceIsReported() {
    comparison.addFirst(message("a", 1));
    comparison.addSecond(message("a", 2));
    comparison.addSecond(message("a", 3));
    assertThat(comparison.report(0, 10).onlySecond()).containsExactly("a");
  }

  @Test
  void fewestEventsThatExplainTheOrderAreReported() {
    for (String id : "a b c d e".split(" ")) {
      comparison.addFirst(message(id, 1));
    }
    for (String id : "a c d b e".split(" ")) {
      comparison.addSecond(message(id, 2));
    }
    assertThat(comparison.report(0, 10).outOfOrder()).containsExactly("b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'event':{'event_id':'a','n':1}} | {'event':{'event_id':'a','n':2}} | byte 29: event.n: other value",
        "{'event':{'event_id':'a','n':1}} | {'event':{'event_id':'a'}} | byte 24: event.n: only in the first",
        "{'event':{'event_id':'a'}} | {'event':{'event_id':'a'},'x':1} | byte 25: x: only in the second",
        "{'event':{'event_id':'a','l':[1]}} | {'event':{'event_id':'a','l':[1,2]}} | byte 31: event.l: 1 and 2 elements",
        "{'event':{'event_id':'a','l':[1]}} | {'event':{'event_id':'a','l':[2]}} | byte 30: event.l[0]: other value",
        "{'event':{'event_id':'a','n':1.0}} | {'event':{'event_id':'a','n':1.00}} | byte 32: only the spelling",
        "{'event':{'event_id':'a'}} | {'event': {'event_id':'a'}} | byte 9: only the spelling",
      })
  void placeOfOtherBytesIsReportedWithoutValues(String first, String second, String expected) {
    comparison.addFirst(Message.of(first.replace('\'', '"'), 1));
    comparison.addSecond(Message.of(second.replace('\'', '"'), 2));
    assertThat(comparison.report(0, 10).otherBytes()).containsExactly("a: " + expected);
  }

  @Test
  void messageWithoutAnIdIsComparedAsAWhole() {
    comparison.addFirst(Message.of("{\"event\":{}}", 1));
    comparison.addFirst(Message.of("not JSON", 1));
    comparison.addFirst(Message.of("[]", 1));
    comparison.addSecond(Message.of("{\"event\":{}}", 2));
    comparison.addSecond(Message.of("not JSON", 2));
    comparison.addSecond(Message.of("[]", 2));
    assertThat(comparison.report(0, 10).hasDifferences()).isFalse();
  }

  private static Message message(String id, long nanos) {
    return Message.of("{\"event\":{\"event_id\":\"" + id + "\"}}", nanos);
  }
}
