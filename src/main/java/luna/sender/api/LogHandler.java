package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import luna.sender.log.RecentLog;

/**
 * Handles the operation {@code log} of operators: the latest log lines of this node.
 *
 * <p>Shape: schema {@code RecentLog} in {@code openapi.yaml}.
 *
 * <p>Owner: immutable.
 */
final class LogHandler implements Handler<RoutingContext> {
  private final String node;

  /**
   * @param node the id of this process
   */
  LogHandler(String node) {
    this.node = node;
  }

  @Override
  public void handle(RoutingContext context) {
    context.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    Responses.json(
        context.request(),
        new JsonObject().put("node", node).put("lines", new JsonArray(RecentLog.lines())));
  }
}
