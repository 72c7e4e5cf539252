package luna.sender.warmup;

import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.api.Contract;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmUpIT {
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";

  private TestLog log;

  @BeforeEach
  void listen() {
    log = TestLog.listenTo(WarmUp.class);
  }

  @AfterEach
  void detach() {
    log.detach();
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "redis"})
  void halfOfItsClientsGetEachEvent(String history) throws Exception {
    Config config = config(Map.of("LUNA_SENDER_HISTORY__MODE", history));
    Vertx loader = Vertx.vertx();
    try {
      Contract contract = await(Contract.load(loader, List.of()));
      try (PrivateServer server =
          PrivateServer.start(config, contract, metrics -> Vertx.vertx(), PATIENCE)) {
        WarmUpClients clients = new WarmUpClients(server, System.nanoTime() + PATIENCE.toNanos());
        clients.run(2);
        assertThat(clients.handshakes()).isEqualTo(2 * WarmUpClients.CLIENTS);
        double delivered = clients.events() * WarmUpClients.CLIENTS / 2.0;
        until(
            "all events are delivered",
            () -> count(server.metrics(), "luna_sender_events_delivered") == delivered);
        assertThat(count(server.metrics(), "luna_sender_events_matched")).isEqualTo(delivered);
        assertThat(count(server.metrics(), "luna_sender_events_dropped")).isZero();
      }
    } finally {
      await(loader.close());
    }
  }

  @Test
  void nodeShowsNothingOfItsWarmUp() {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = await(Sender.startWarm(config(redis, "0.5")));
      try {
        assertThat(log.lines("Warmed up"))
            .hasSize(1)
            .noneMatch(line -> line.contains("handshakes=\"0\""));
        for (Meter meter : sender.metrics().registry().getMeters()) {
          String name = meter.getId().getName();
          if (name.matches("luna_sender_(handshakes|requests|payloads|events.*|closes|limited)")) {
            assertThat(meter.measure()).as(name).allMatch(one -> one.getValue() == 0);
          }
        }
        assertThat(sender.metrics().accounts().sums()).isEmpty();
        until("Redis is connected", sender::isReady);
        assertThat(TestSocket.open(sender.port(), ACCOUNT, "")).isNotNull();
      } finally {
        await(sender.stop());
      }
    }
  }

  @Test
  void failedWarmUpDoesNotFailTheStart() {
    Vertx loader = Vertx.vertx();
    try {
      Contract contract = await(Contract.load(loader, List.of()));
      await(
          WarmUp.run(
              config(Map.of()),
              contract,
              metrics -> {
                throw new IllegalStateException("no Vert.x");
              }));
      assertThat(log.lines("Warm-up failed")).singleElement().asString().contains("no Vert.x");
    } finally {
      await(loader.close());
    }
  }

  @Test
  void zeroTurnsItOff() {
    try (TestRedis redis = new TestRedis()) {
      Sender sender = await(Sender.startWarm(config(redis, "0")));
      await(sender.stop());
      assertThat(log.lines("arm")).isEmpty();
    }
  }

  private static double count(Metrics metrics, String name) {
    return metrics.registry().find(name).meters().stream()
        .mapToDouble(meter -> meter instanceof FunctionCounter counter ? counter.count() : 0)
        .sum();
  }

  private static Config config(TestRedis redis, String warmUp) {
    return config(
        Map.of(
            "REDIS_DB_ADDRESS__PORT",
            Integer.toString(redis.port()),
            "LUNA_SENDER_HTTP_SETTINGS__WARM_UP",
            warmUp));
  }

  private static Config config(Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "30");
    return ConfigLoader.load(null, environment);
  }
}
