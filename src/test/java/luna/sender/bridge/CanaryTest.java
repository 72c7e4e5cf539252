package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import io.vertx.core.Vertx;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.BusAddresses;
import luna.sender.metrics.Metrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CanaryTest {
  private final Vertx vertx = Vertx.vertx();
  private final Config config =
      ConfigLoader.load(null, Map.of("REDIS_DB_ADDRESS__CANARY_INTERVAL", "600"));
  private final Canary canary =
      new Canary(vertx, config.redis(), 0, "node", new Metrics(config.influx(), config.metrics()));

  @AfterEach
  void close() {
    await(vertx.close());
  }

  /** A subscription can be confirmed before the connection for commands is ready. */
  @Test
  void unpublishableCanaryIsRetriedBeforeTheNextInterval() {
    vertx.runOnContext(
        start -> {
          canary.start(() -> {}, why -> {}, () -> true, () -> false, error -> {});
          canary.subscribed();
          vertx.runOnContext(connected -> publishFor(canary));
        });
    until("the canary has arrived", canary::isHealthy);
  }

  private void publishFor(Canary canary) {
    vertx
        .eventBus()
        .<String>localConsumer(
            BusAddresses.PUBLISH,
            message -> {
              message.reply("");
              canary.received(message.body().getBytes(US_ASCII));
            });
  }
}
