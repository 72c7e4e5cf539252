package luna.sender.clients;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.clients.ScriptedServer.Step;
import luna.sender.testing.Service;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The manual's rules for clients. A subclass for each client starts it.
 *
 * <p>Shape: the client's filters are gender 1 and two cities, one with commas and one with
 * non-ASCII letters.
 */
abstract class ClientRules {
  static final Path FILES = Path.of("src/main/manual/clients").toAbsolutePath();

  /** The folder to which {@code .ci/clients} installs. */
  static final Path TOOLS = Path.of("target/clients").toAbsolutePath();

  @RegisterExtension final Service service;

  final String account = Service.account();
  private final List<AutoCloseable> open = new ArrayList<>();

  ClientRules(Service service) {
    this.service = service;
  }

  /** Returns the command with filters of this gender, and of the cities. */
  abstract List<String> command(int gender);

  /** Returns the working directory. */
  abstract Path directory();

  Map<String, String> environment(int port) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_URL", "ws://127.0.0.1:" + port + "/2/ws");
    environment.put("LUNA_ACCOUNT", account);
    return environment;
  }

  @AfterEach
  void endAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void matchingEventsArePrintedCompletely() {
    ClientProcess client = start(service.port(), 1);
    awaitConnection();
    JsonObject large = seen("large", 1, "Нью-Йорк").put("image", "é".repeat(50_000));
    publish(
        seen("a woman", 0, "Нью-Йорк"),
        seen("elsewhere", 1, "D.C."),
        seen("in Washington", 1, "Washington, D.C."),
        large);
    assertThat(client.next().getJsonObject("event").getString("event_id"))
        .isEqualTo("in Washington");
    assertThat(client.next().getJsonObject("event")).isEqualTo(large);
    publish(event("nobody"), seen("the last", 1, "Washington, D.C."));
    assertThat(client.next().getJsonObject("event").getString("event_id")).isEqualTo("the last");
    assertThat(client.waiting()).isZero();
  }

  @Test
  void reconnectsAfterARestartWithTheSameAccountAndFilter() {
    ClientProcess client = start(service.port(), 1);
    awaitConnection();
    service.restart();
    awaitConnection();
    publish(seen("a woman", 0, "Нью-Йорк"), seen("a man", 1, "Нью-Йорк"));
    assertThat(client.next().getJsonObject("event").getString("event_id")).isEqualTo("a man");
    assertThat(client.errors()).contains("1001");
    assertThat(client.waiting()).isZero();
  }

  @Test
  void invalidFilterStopsItWithTheServicesError() {
    ClientProcess client = start(service.port(), 2);
    assertThat(client.exitCode()).isPositive();
    assertThat(client.errors()).contains("400", "gender: 2 (expected: one of 0, 1)");
  }

  @Test
  void reconnectsAfterTemporaryEndsAndStopsAtPermanentOnes() {
    ScriptedServer server =
        script(Step.refuse(503), Step.close(1001), Step.cut(), Step.close(4008), Step.close(1008));
    ClientProcess client = start(server.port(), 1);
    assertThat(client.exitCode()).isPositive();
    assertPrinted(client, 1, 2, 3, 4);
    assertThat(client.errors()).contains("503", "1001", "4008", "1008");
    assertHandshakes(server, 5);
    List<Handshake> handshakes = server.handshakes();
    assertThat(Duration.ofNanos(handshakes.get(1).nanos() - handshakes.get(0).nanos()))
        .as("Retry-After")
        .isGreaterThanOrEqualTo(Duration.ofMillis(900));
  }

  @Test
  void reconnectsAfterServerErrorsButNotAfterClientErrors() {
    ScriptedServer server = script(Step.refuse(429), Step.close(1011), Step.close(4403));
    ClientProcess client = start(server.port(), 1);
    assertThat(client.exitCode()).isPositive();
    assertPrinted(client, 1, 2);
    assertHandshakes(server, 3);
  }

  @Test
  void permanentRejectionStopsIt() {
    ScriptedServer server = script(Step.refuse(403));
    ClientProcess client = start(server.port(), 1);
    assertThat(client.exitCode()).isPositive();
    assertThat(client.errors()).contains("403", "by the script");
    assertHandshakes(server, 1);
  }

  ClientProcess start(int port, int gender) {
    ClientProcess client = new ClientProcess(directory(), environment(port), command(gender));
    open.add(client);
    return client;
  }

  ScriptedServer script(Step... steps) {
    ScriptedServer server = new ScriptedServer(steps);
    open.add(server);
    return server;
  }

  /** Asserts that the events of these steps are printed, and nothing for the gaps. */
  static void assertPrinted(ClientProcess client, int... steps) {
    for (int step : steps) {
      assertThat(client.next().getJsonObject("event").getString("event_id")).isEqualTo("" + step);
    }
    assertThat(client.waiting()).isZero();
    assertThat(client.errors()).contains("redis_closed");
  }

  /**
   * Asserts the number of handshakes, all by the same client with the same filter, and none against
   * the protocol.
   */
  void assertHandshakes(ScriptedServer server, int count) {
    assertThat(server.faults()).isEmpty();
    assertThat(server.handshakes()).hasSize(count);
    assertThat(server.handshakes()).extracting(Handshake::account).containsOnly(account);
    assertThat(server.handshakes().stream().map(Handshake::target).distinct()).hasSize(1);
  }

  void awaitConnection() {
    Waiting.until(
        "the client is connected",
        ClientProcess.PATIENCE,
        () -> service.metric("luna_sender_connections") == 1);
  }

  void publish(JsonObject... events) {
    service.redis().publish(account, payload(events));
  }

  static JsonObject seen(String id, int gender, String city) {
    JsonObject event = with(event(id), "face_attributes.basic_attributes.gender", gender);
    return with(event, "location.city", city);
  }
}
