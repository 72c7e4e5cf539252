package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.log.CauseText;
import luna.sender.metrics.Metrics;

/**
 * Handles the operation {@code healthcheck}, with a round trip to Redis.
 *
 * <p>See: {@code bridge.RedisCommands} does the round trip; {@code metrics.BridgeStatus} has the
 * faults; {@code metrics.GapLedger} the gaps; {@code metrics.RecorderMetrics} the recorder. {@link
 * ProbeHandler} answers {@code /livez} and {@code /readyz}.
 *
 * <p>Shape: {@link HealthReport}.
 *
 * <p>Errors: {@link ApiError#UNHEALTHY} if Redis does not answer, or if subscriptions are missing.
 *
 * <p>Owner: confined to its event loop.
 */
final class HealthHandler implements Handler<RoutingContext> {
  private final Vertx vertx;
  private final DeliveryOptions options;
  private final Metrics metrics;
  private final boolean history;

  HealthHandler(Vertx vertx, Config config, Metrics metrics) {
    this.vertx = vertx;
    this.metrics = metrics;
    this.history = config.history().enabled();
    options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis() + 1000);
  }

  @Override
  public void handle(RoutingContext context) {
    vertx
        .eventBus()
        .<Long>request(BusAddresses.HEALTH, null, options)
        .onSuccess(nanos -> healthy(context, nanos.body()))
        .onFailure(failure -> fail(context, "redis: " + CauseText.of(failure)));
  }

  /** Redis responds, but without all subscriptions events are missing. */
  private void healthy(RoutingContext context, long nanos) {
    String fault = metrics.redis().bridges().subscriptionFault();
    if (!fault.isEmpty()) {
      fail(context, "redis: not all subscriptions are up: " + fault);
      return;
    }
    JsonObject report = HealthReport.of(nanos, metrics.gaps());
    if (history) {
      report.put("recorder", HealthReport.recorder(metrics.recorder()));
    }
    Responses.json(context.request(), report);
  }

  private static void fail(RoutingContext context, String detail) {
    context.fail(new ApiException(ApiError.UNHEALTHY, detail));
  }
}
