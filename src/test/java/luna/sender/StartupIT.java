package luna.sender;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the start of a node whose Redis is slow or silent. */
final class StartupIT {
  private final TestRedis redis = new TestRedis();
  private final OneWayWire wire = new OneWayWire(redis.port());

  @AfterEach
  void stop() {
    wire.close();
    redis.close();
  }

  private Sender start() {
    return start(0, Map.of());
  }

  private Sender start(int port, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port));
    settings.put("LUNA_SENDER_HISTORY__MODE", "redis");
    settings.put("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    settings.put("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port()));
    return await(Sender.start(ConfigLoader.load(null, settings)));
  }

  @Test
  void clientThatComesFirstIsAccepted() {
    wire.slowDown(1000);
    Sender sender = start();
    String account = Service.account();
    try (TestSocket socket = TestSocket.open(sender.port(), account, "last=1")) {
      redis.publish(account, payload(event("first")));
      assertThat(socket.nextEventId()).isEqualTo("first");
    } finally {
      await(sender.stop());
    }
  }

  @Test
  void nodeListensWithoutAnAnswerOfRedis() throws Exception {
    wire.silenceFromTheStart(OneWayWire.Direction.TO_CLIENT);
    Sender sender = start();
    try {
      assertThat(RawHttp.exchange(sender.port(), RawHttp.get("/readyz")).status()).isEqualTo(503);
    } finally {
      await(sender.stop());
    }
  }

  /** With TLS, the start begins on a thread of Vert.x, which is closed after the failure. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void startFailsIfThePortIsTaken(boolean tls) {
    Map<String, String> settings =
        tls ? TestCertificates.settings(TestCertificates.serverFolder()) : Map.of();
    Sender first = start();
    try {
      assertThatThrownBy(() -> start(first.port(), settings)).hasMessageContaining("is in use");
    } finally {
      await(first.stop());
    }
  }
}
