package luna.sender.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The answers of nodes to a question of an operator ({@link OperatorQuestions}).
 *
 * @param nodes which nodes were asked, and have answered; null if only this one was asked
 */
record OperatorAnswers(List<JsonObject> all, @Nullable JsonArray nodes) {
  /** Returns the elements of all lists with this name. */
  List<JsonObject> elements(String name) {
    return all.stream()
        .flatMap(answer -> answer.getJsonArray(name, new JsonArray()).stream())
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
