package luna.sender;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the start of a node whose Redis is slow or silent, or whose port is taken. */
final class StartupIT {
  private final TestRedis redis = new TestRedis();
  private final OneWayWire wire = new OneWayWire(redis.port());

  @AfterEach
  void stop() {
    wire.close();
    redis.close();
  }

  private StartedSender start(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("LUNA_SENDER_HISTORY__MODE", "redis");
    settings.put("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port()));
    return StartedSender.start(redis, settings);
  }

  @Test
  void clientThatComesFirstIsAccepted() {
    wire.slowDown(1000);
    String account = Service.account();
    try (StartedSender sender = start(Map.of());
        TestSocket socket = TestSocket.open(sender.port(), account, "last=1")) {
      redis.publish(account, payload(event("first")));
      assertThat(socket.nextEventId()).isEqualTo("first");
    }
  }

  @Test
  void nodeListensWithoutAnAnswerOfRedis() {
    wire.silenceFromTheStart(OneWayWire.Direction.TO_CLIENT);
    try (StartedSender sender = start(Map.of())) {
      assertThat(RawHttp.exchange(sender.port(), RawHttp.get("/readyz")).status()).isEqualTo(503);
    }
  }

  /** With TLS, the start begins on a thread of Vert.x, which is closed after the failure. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void startFailsIfThePortIsTaken(boolean tls) {
    Map<String, String> settings =
        new HashMap<>(tls ? TestCertificates.settings(TestCertificates.serverFolder()) : Map.of());
    try (StartedSender first = start(Map.of())) {
      settings.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(first.port()));
      assertThatThrownBy(() -> start(settings)).hasMessageContaining("is in use");
    }
  }
}
