package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /metrics} in the text format of Prometheus. Concurrent requests share one scrape,
 * so a flood of them costs only one.
 *
 * <p>Owner: confined to its event loop; the scrape runs on a worker thread.
 */
final class MetricsHandler implements Handler<RoutingContext> {
  static final String PATH = "/metrics";

  private final Vertx vertx;
  private final Metrics metrics;

  /** The most recent scrape, or null. */
  private @Nullable Future<String> scrape;

  MetricsHandler(Vertx vertx, Metrics metrics) {
    this.vertx = vertx;
    this.metrics = metrics;
  }

  @Override
  public void handle(RoutingContext context) {
    scrape().onSuccess(text -> send(context, text)).onFailure(context::fail);
  }

  private Future<String> scrape() {
    Future<String> current = scrape;
    if (current == null || current.isComplete()) {
      current = vertx.executeBlocking(metrics::scrape, false);
      scrape = current;
    }
    return current;
  }

  private static void send(RoutingContext context, String text) {
    context
        .response()
        .putHeader(Responses.NOSNIFF, "nosniff")
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Responses.end(context.request(), Buffer.buffer(text));
  }
}
