package luna.sender.bridge;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A question to other nodes, and their answers so far.
 *
 * <p>Owner: confined to its channel's event loop.
 */
final class NodeQuestion {
  /** Ends the question when the wait is over. */
  long timer;

  private final Message<JsonObject> message;
  private final Map<String, String> hosts;
  private final Set<String> missing;
  private final JsonArray answers = new JsonArray();

  /**
   * @param message gets the answers as its reply
   * @param hosts the host names of the nodes that are asked, by their ids
   */
  NodeQuestion(Message<JsonObject> message, Map<String, String> hosts) {
    this.message = message;
    this.hosts = new TreeMap<>(hosts);
    this.missing = new HashSet<>(hosts.keySet());
  }

  /** Returns whether no answer is missing. */
  boolean isComplete() {
    return missing.isEmpty();
  }

  /** Adds the answer of a node, unless that node was not asked or has answered before. */
  void add(String node, JsonObject answer) {
    if (missing.remove(node)) {
      answers.add(answer);
    }
  }

  /** Passes on the answers, and which nodes have given them. */
  void reply() {
    JsonArray nodes = new JsonArray();
    hosts.forEach(
        (id, host) ->
            nodes.add(
                new JsonObject()
                    .put("node", id)
                    .put("host", host)
                    .put("answered", !missing.contains(id))));
    message.reply(
        new JsonObject().put("nodes", nodes).put("answers", answers),
        new DeliveryOptions().setLocalOnly(true));
  }
}
