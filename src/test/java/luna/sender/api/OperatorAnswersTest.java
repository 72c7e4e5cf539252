package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class OperatorAnswersTest {
  @Test
  void clientsOfAllNodesAreListedTheOldestFirst() {
    OperatorAnswers answers =
        new OperatorAnswers(List.of(clients("a", 1, 4), clients("b", 2, 3)), null);
    assertThat(ids(answers)).containsExactly("a-1", "b-2", "b-3", "a-4");
    assertThat(answers.isLimited()).isFalse();
  }

  @Test
  void answerIsCutBeforeTheElementThatExceedsTheLimit() {
    JsonObject answer = clients("a", IntStream.range(10, 60).toArray());
    int each = answer.getJsonArray("connections").getJsonObject(0).encode().length() + 1;
    assertThat(OperatorAnswers.limited(answer, "connections", 50 * each)).isSameAs(answer);
    JsonObject cut = OperatorAnswers.limited(answer, "connections", 20 * each + each / 2);
    assertThat(cut.getJsonArray("connections")).hasSize(20);
    assertThat(cut.encode().length()).isLessThan(21 * each);
    assertThat(new OperatorAnswers(List.of(cut), null).isLimited()).isTrue();
  }

  @Test
  void bytesAreThoseOfTheEncodedText() {
    JsonObject answer =
        new JsonObject()
            .put("connections", new JsonArray().add(new JsonObject().put("filter", "\u0001é")));
    int bytes = "{\"filter\":\"\\u0001é\"}".length() + 2; // é has two bytes; and a comma
    assertThat(OperatorAnswers.limited(answer, "connections", bytes)).isSameAs(answer);
    assertThat(OperatorAnswers.limited(answer, "connections", bytes - 1)).isNotSameAs(answer);
  }

  @Test
  void listEndsWithTheLastClientOfANodeThatHasMore() {
    JsonObject cut = clients("a", 1, 5).put("limited", true);
    // As from Redis, where the elements are plain maps.
    JsonObject received = new JsonObject(cut.encode());
    OperatorAnswers answers =
        new OperatorAnswers(List.of(clients("b", 2, 3, 8, 9), received), null);
    assertThat(ids(answers)).containsExactly("a-1", "b-2", "b-3", "a-5");
    assertThat(answers.isLimited()).isTrue();
    assertThat(
            ids(new OperatorAnswers(List.of(clients("c", 4).put("limited", true), received), null)))
        .containsExactly("a-1", "c-4");
  }

  @Test
  void ratesOfAnAccountAreAddedWithOneDecimal() {
    OperatorAnswers answers =
        new OperatorAnswers(List.of(account(0.1, 2), account(0.2, 3), account(7, 0)), null);
    assertThat(answers.accounts())
        .containsExactly(
            new JsonObject().put("account_id", "a").put("events_per_second", 7.3).put("gaps", 5L));
  }

  private static JsonObject account(double rate, int gaps) {
    return new JsonObject()
        .put(
            "accounts",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("account_id", "a")
                        .put("events_per_second", rate)
                        .put("gaps", gaps)));
  }

  private static JsonObject clients(String node, int... seconds) {
    JsonArray all = new JsonArray();
    for (int second : seconds) {
      all.add(
          new JsonObject()
              .put("id", node + "-" + second)
              .put("since", "2026-08-11T09:00:%02dZ".formatted(second)));
    }
    return new JsonObject().put("connections", all);
  }

  private static List<String> ids(OperatorAnswers answers) {
    return answers.connections().stream().map(each -> each.getString("id")).toList();
  }
}
