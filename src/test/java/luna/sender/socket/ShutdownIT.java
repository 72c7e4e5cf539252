package luna.sender.socket;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Measurement;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the shutdown of the service. */
final class ShutdownIT {
  private final TestRedis redis = new TestRedis();
  private final String account = Service.account();

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void clientsGetTheirQueueAndThen1001() {
    Sender sender = start(Map.of("LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "60"));
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    JsonObject[] events = new JsonObject[50];
    for (int i = 0; i < events.length; i++) {
      events[i] = event("event " + i).put("image", "x".repeat(10_000));
    }
    redis.publish(account, payload(events));
    assertThat(socket.nextEventId()).isEqualTo("event 0");
    long start = System.nanoTime();
    await(sender.stop());
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    assertThat(socket.closeCode()).isEqualTo(1001);
    for (int i = 1; i < events.length; i++) {
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
    Assertions.assertThatThrownBy(() -> new Socket("127.0.0.1", sender.port()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void shutdownWaitsForAnUnresponsiveClientOnlyAsConfigured() throws IOException {
    Sender sender =
        start(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "1",
                "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT", "60"));
    try (RawSocket mute = new RawSocket(sender.port(), account)) {
      long start = System.nanoTime();
      await(sender.stop());
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
      RawSocket.Frame frame = mute.nextButPing();
      assertThat(frame.opcode()).isEqualTo(RawSocket.CLOSE);
      assertThat(frame.closeCode()).isEqualTo(1001);
    }
  }

  /** The client does not even receive the close frame; its unread events are counted as dropped. */
  @Test
  void shutdownWaitsForAClientThatDoesNotReadOnlyAsConfigured() throws IOException {
    Sender sender =
        start(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_DELAY", "0.2",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_SPREAD", "0.2",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "1.4",
                "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES", "100000000",
                "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT", "60"));
    try (RawSocket stuck = new RawSocket(sender.port(), account)) {
      String image = "x".repeat(900_000);
      for (int i = 0; i < 30; i++) {
        redis.publish(account, payload(event("event " + i).put("image", image)));
      }
      Waiting.until("all are offered", () -> count(sender, "matched") == 30);
      long start = System.nanoTime();
      await(sender.stop());
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
      assertThat(count(sender, "dropped")).isPositive();
      assertThat(count(sender, "delivered") + count(sender, "dropped")).isEqualTo(30);
      assertThat(stuck.nextButPing().opcode()).isEqualTo(RawSocket.TEXT);
    }
  }

  /** A load balancer must see that the node is not ready before it stops sending clients. */
  @Test
  void clientsAreAcceptedDuringTheShutdownDelay() {
    Sender sender =
        start(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_DELAY", "4",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "14"));
    TestSocket early = TestSocket.open(sender.port(), account, "");
    long start = System.nanoTime();
    Future<Void> stopped = sender.stop();
    RawHttp.Answer ready = RawHttp.exchange(sender.port(), get("/readyz"));
    assertThat(ready.status()).isEqualTo(503);
    assertThat(ready.text()).contains("node: going away");
    assertThat(RawHttp.exchange(sender.port(), get("/livez")).status()).isEqualTo(200);
    TestSocket late = TestSocket.open(sender.port(), account, "");
    redis.publish(account, payload(event("an event")));
    for (TestSocket socket : List.of(early, late)) {
      assertThat(socket.nextEventId()).isEqualTo("an event");
      assertThat(socket.closeCode()).isEqualTo(1001);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(4));
    await(stopped);
    assertThat(listens(sender.port())).isFalse();
  }

  @Test
  void closesAreSpreadAndClientsGetEventsUntilThen() {
    Sender sender =
        start(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "2",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_SPREAD", "3",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "14"));
    List<TestSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sockets.add(TestSocket.open(sender.port(), account, ""));
    }
    JsonObject[] events = new JsonObject[20];
    for (int i = 0; i < events.length; i++) {
      events[i] = event("event " + i).put("image", "x".repeat(10_000));
    }
    redis.publish(account, payload(events));
    assertThat(sockets.get(0).nextEventId()).isEqualTo("event 0");
    Future<Void> stopped = sender.stop();
    Waiting.until("the first is closed", () -> sockets.stream().anyMatch(TestSocket::isClosed));
    long first = System.nanoTime();
    redis.publish(account, payload(event("the last event")));
    Waiting.until("the last is closed", () -> sockets.stream().allMatch(TestSocket::isClosed));
    assertThat(Duration.ofNanos(System.nanoTime() - first)).isGreaterThan(Duration.ofSeconds(1));
    await(stopped);
    int got = 0;
    for (TestSocket socket : sockets) {
      assertThat(socket.closeCode()).isEqualTo(1001);
      for (int i = socket == sockets.get(0) ? 1 : 0; i < events.length; i++) {
        assertThat(socket.nextEventId()).isEqualTo("event " + i);
      }
      if (socket.waiting() > 0) {
        assertThat(socket.nextEventId()).isEqualTo("the last event");
        got++;
      }
    }
    assertThat(got).isPositive().isLessThan(sockets.size());
    assertThat(count(sender, "delivered")).isEqualTo(40 * 20 + got);
    // An event may be matched to a client that is closed before it is written.
    assertThat(count(sender, "matched"))
        .isEqualTo(count(sender, "delivered") + count(sender, "dropped"));
  }

  @Test
  void secondStopReturnsTheFirstOne() {
    Sender sender = start(Map.of());
    Future<Void> stopped = sender.stop();
    assertThat(sender.stop()).isSameAs(stopped);
    await(stopped);
  }

  /** The pending handshake was not among the closed sessions, so it must be rejected. */
  @Test
  void pendingHandshakeIsRejectedWhenTheStopBegins() throws Exception {
    Sender sender = start(Map.of());
    signal("STOP");
    Future<Void> stopped;
    try (Socket client = new Socket("127.0.0.1", sender.port())) {
      client.setSoTimeout((int) Waiting.PATIENCE.toMillis());
      client.getOutputStream().write(RawSocket.handshake(account));
      Waiting.until(
          "the handshake is pending",
          () ->
              sender.metrics().registry().get("luna_sender_handshakes_waiting").gauge().value()
                  == 1);
      stopped = sender.stop();
      // A stop closes the port first.
      Waiting.until("it stops", () -> !listens(sender.port()));
      signal("CONT");
      assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 503");
    } finally {
      signal("CONT");
    }
    await(stopped);
  }

  private static boolean listens(int port) {
    try (Socket probe = new Socket("127.0.0.1", port)) {
      return probe.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(redis.pid())).start().waitFor();
  }

  private static double count(Sender sender, String what) {
    return sender.metrics().registry().find("luna_sender_events_" + what).meters().stream()
        .flatMap(meter -> StreamSupport.stream(meter.measure().spliterator(), false))
        .mapToDouble(Measurement::getValue)
        .sum();
  }

  private Sender start(Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    Sender sender = await(Sender.start(ConfigLoader.load(null, environment)));
    Waiting.until("Redis is connected", () -> sender.metrics().redis().connected() == 1);
    return sender;
  }
}
