package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.event.SteadyClock;
import luna.sender.metrics.GapLedger;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a wall clock that is set while events are missing. */
final class SetClockIT {
  private final String account = Service.account();
  private final AtomicReference<Duration> set = new AtomicReference<>(Duration.ZERO);
  private final SteadyClock clock =
      new SteadyClock(() -> InstantSource.system().instant().plus(set.get()));

  @ParameterizedTest
  @ValueSource(longs = {-600, 600})
  void gapHasItsLengthAndEndsAfterItsStart(long seconds) {
    try (TestRedis redis = new TestRedis()) {
      Map<String, String> environment =
          Map.of(
              "LUNA_SENDER_HTTP_SETTINGS__PORT",
              "0",
              "REDIS_DB_ADDRESS__PORT",
              Integer.toString(redis.port()),
              "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX",
              "0.2");
      Sender sender = await(Sender.start(ConfigLoader.load(null, environment), clock));
      try {
        until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
        TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
        redis.publish(account, payload(event("before")));
        assertThat(socket.nextEventId()).isEqualTo("before");
        long startNanos = System.nanoTime();
        redis.kill();
        JsonObject interruption = socket.next().getJsonObject("interruption");
        set.set(Duration.ofSeconds(seconds));
        redis.restart();
        JsonObject gap = socket.next().getJsonObject("gap");
        // The gap began with the last probe before the loss.
        Duration most = Duration.ofNanos(System.nanoTime() - startNanos).plusSeconds(60);
        assertThat(interruption.getString("from")).isEqualTo(gap.getString("from"));
        Instant from = Instant.parse(gap.getString("from"));
        Instant to = Instant.parse(gap.getString("to"));
        assertThat(Duration.between(from, to)).isBetween(Duration.ofMillis(1), most);
        Timer lengths = sender.metrics().registry().get("luna_sender_gap").timer();
        until("the gap is closed", () -> lengths.count() > 0);
        GapLedger.Row row = sender.metrics().gaps().newest(1).get(0);
        assertThat(Duration.between(row.from(), row.to())).isBetween(Duration.ofMillis(1), most);
        assertThat(lengths.count()).isEqualTo(1);
        assertThat(lengths.totalTime(TimeUnit.NANOSECONDS)).isBetween(1e6, (double) most.toNanos());
      } finally {
        await(sender.stop());
      }
    }
  }
}
