package luna.sender.socket;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReplaySlotsTest {
  private static final int LIMIT = 2;
  private static final int WAITING_LIMIT = 128;

  private final Vertx vertx = Vertx.vertx();
  private final Config config = ConfigLoader.load(null, Map.of());
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());
  private final ReplaySlots slots = new ReplaySlots(LIMIT, metrics.replays());

  @AfterEach
  void close() {
    await(vertx.close());
    metrics.close();
  }

  private double gauge(String name) {
    return metrics.registry().get(name).gauge().value();
  }

  @Test
  void replaysAboveTheLimitWaitInOrder() {
    List<Future<Void>> replays = new ArrayList<>();
    for (int i = 0; i < LIMIT + 2; i++) {
      replays.add(slots.acquire(vertx));
    }
    assertThat(replays.stream().filter(Future::succeeded)).hasSize(LIMIT);
    assertThat(gauge("luna_sender_replays_running")).isEqualTo(LIMIT);
    assertThat(gauge("luna_sender_replays_waiting")).isEqualTo(2);
    slots.release();
    until("the first one gets the slot", () -> replays.get(LIMIT).succeeded());
    assertThat(replays.get(LIMIT + 1).isComplete()).isFalse();
    for (int i = 0; i <= LIMIT; i++) {
      slots.release();
    }
    until("the last one gets it", () -> replays.get(LIMIT + 1).succeeded());
    assertThat(gauge("luna_sender_replays_running")).isZero();
    assertThat(gauge("luna_sender_replays_waiting")).isZero();
  }

  @Test
  void handshakesAreRejectedIfTooManyWaitButOpenSessionsAreNot() {
    for (int i = 0; i < LIMIT + WAITING_LIMIT; i++) {
      slots.acquire(vertx);
    }
    Future<Void> rejected = slots.acquire(vertx);
    assertThat(rejected.failed()).isTrue();
    assertThat(rejected.cause())
        .isInstanceOfSatisfying(
            HistoryUnavailable.class, failure -> assertThat(failure.isBusy()).isTrue());
    assertThat(slots.acquireAgain(vertx).isComplete()).isFalse();
    assertThat(metrics.registry().get("luna_sender_replays_rejected").counter().count())
        .isEqualTo(1);
  }
}
