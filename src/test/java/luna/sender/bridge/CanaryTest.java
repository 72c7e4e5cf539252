package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
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
      new Canary(
          vertx, config.redis(), 0, "node", true, new Metrics(config.influx(), config.metrics()));

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

  /** It proves nothing about the connection after it. */
  @Test
  void canaryOfAnEarlierConnectionDoesNotCount() {
    Context context = vertx.getOrCreateContext();
    List<String> published = new CopyOnWriteArrayList<>();
    Promise<Boolean> healthyByEarlier = Promise.promise();
    context.runOnContext(
        start -> {
          vertx
              .eventBus()
              .<String>localConsumer(
                  BusAddresses.PUBLISH,
                  message -> {
                    published.add(message.body());
                    message.reply("");
                  });
          canary.start(() -> {}, why -> {}, () -> true, () -> false, error -> {});
          canary.subscribed();
          canary.lost();
          canary.subscribed();
        });
    until("both are published", () -> published.size() == 2);
    context.runOnContext(
        later -> {
          receive(published.get(0));
          // After the message on the event bus.
          vertx.setTimer(1, due -> healthyByEarlier.complete(canary.isHealthy()));
        });
    assertThat(await(healthyByEarlier.future())).isFalse();
    context.runOnContext(later -> receive(published.get(1)));
    until("the canary has arrived", canary::isHealthy);
  }

  private void receive(String text) {
    canary.received(text.getBytes(US_ASCII));
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
