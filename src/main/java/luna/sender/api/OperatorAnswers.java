package luna.sender.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The answers of nodes to a question of an operator ({@link OperatorQuestions}).
 *
 * @param nodes which nodes were asked, and have answered; null if only this one was asked
 */
record OperatorAnswers(List<JsonObject> all, @Nullable JsonArray nodes) {
  /** The oldest first, of any node. */
  private static final Comparator<Client> BY_TIME =
      Comparator.comparing(Client::since).thenComparing(each -> each.json.getString("id"));

  /** Set in an answer from which {@link #limited} has removed elements. */
  private static final String LIMITED = "limited";

  /** A client with its time, which is parsed once and compared often. */
  private record Client(Instant since, JsonObject json) {
    static Client parse(JsonObject json) {
      return new Client(Instant.parse(json.getString("since")), json);
    }
  }

  /**
   * Returns an answer without the last elements of a list, so that the others take at most this
   * many bytes.
   */
  static JsonObject limited(JsonObject answer, String name, int limitBytes) {
    JsonArray elements = answer.getJsonArray(name, new JsonArray());
    long bytes = 0;
    for (int i = 0; i < elements.size(); i++) {
      bytes += elements.getJsonObject(i).toBuffer().length() + 1;
      if (bytes > limitBytes) {
        JsonArray first = new JsonArray(new ArrayList<>(elements.getList().subList(0, i)));
        return answer.copy().put(name, first).put(LIMITED, true);
      }
    }
    return answer;
  }

  /**
   * Returns the clients of all nodes, the oldest first. If a node has not sent all of them, the
   * list ends with its last one, because younger ones of other nodes would leave a hole.
   */
  List<JsonObject> connections() {
    List<Client> found = new ArrayList<>();
    Client end = null;
    for (JsonObject answer : all) {
      List<Client> list = elements(answer, "connections").stream().map(Client::parse).toList();
      found.addAll(list);
      if (isLimited(answer) && !list.isEmpty()) {
        Client last = list.get(list.size() - 1);
        end = end == null || BY_TIME.compare(last, end) < 0 ? last : end;
      }
    }
    found.sort(BY_TIME);
    List<Client> shown = end == null ? found : found.subList(0, found.indexOf(end) + 1);
    return shown.stream().map(Client::json).collect(Collectors.toCollection(ArrayList::new));
  }

  /** Returns whether a node has more elements than it has sent. */
  boolean isLimited() {
    return all.stream().anyMatch(OperatorAnswers::isLimited);
  }

  private static boolean isLimited(JsonObject answer) {
    return answer.getBoolean(LIMITED, false);
  }

  /** Returns the accounts of all nodes by id, each with the sums of its counts. */
  List<JsonObject> accounts() {
    Map<String, JsonObject> sums = new TreeMap<>();
    for (JsonObject answer : all) {
      for (JsonObject each : elements(answer, "accounts")) {
        sums.merge(each.getString("account_id"), each, OperatorAnswers::sum);
      }
    }
    return List.copyOf(sums.values());
  }

  /** Returns the same account on two nodes. */
  private static JsonObject sum(JsonObject one, JsonObject other) {
    JsonObject sum = one.copy();
    other.forEach(
        field -> {
          String key = field.getKey();
          if (key.equals(OperatorQuestions.RATE)) {
            sum.put(key, rounded(sum.getDouble(key, 0.0) + other.getDouble(key)));
          } else if (field.getValue() instanceof Number number) {
            sum.put(key, sum.getLong(key, 0L) + number.longValue());
          }
        });
    return sum;
  }

  /** Returns a rate with one decimal. */
  static double rounded(double rate) {
    return Math.round(rate * 10) / 10.0;
  }

  private static List<JsonObject> elements(JsonObject answer, String name) {
    return answer.getJsonArray(name, new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  int closed() {
    return all.stream().mapToInt(answer -> answer.getInteger("closed", 0)).sum();
  }

  /** Returns the ids of the nodes that have not answered. */
  List<String> silent() {
    return nodes == null
        ? List.of()
        : nodes.stream()
            .map(JsonObject.class::cast)
            .filter(each -> !each.getBoolean("answered"))
            .map(each -> each.getString("node"))
            .toList();
  }
}
