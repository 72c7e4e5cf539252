package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A stop while much waits for its turn. */
final class DrainIT {
  private static final int CLIENTS = 20;
  private static final int EVENTS = 120;

  /** Far more than may wait for one client, in all. */
  private static final String IMAGE = "x".repeat(60_000);

  private static final FaultInjection INJECTION = new FaultInjection();

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT=14",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=500000");

  private final String account = Service.account();

  @BeforeAll
  static void install() {
    Checkpoint.Installed.install(INJECTION);
  }

  @AfterAll
  static void uninstall() {
    Checkpoint.Installed.install(Checkpoint.NONE);
  }

  @Test
  void clientsThatReadGetTheBacklogAndThen1001() throws Exception {
    service.expectWarning("Fault caught");
    List<CompletableFuture<Integer>> reading = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      RawSocket client = client();
      reading.add(
          CompletableFuture.supplyAsync(() -> readAll(client), run -> new Thread(run).start()));
    }
    // Nobody has a turn, so all waits.
    INJECTION.armForGood(Step.SCHEDULE, account, () -> new AssertionError("injected"));
    for (int i = 0; i < EVENTS; i += 10) {
      JsonObject[] batch = new JsonObject[10];
      for (int j = 0; j < batch.length; j++) {
        batch[j] = event("event " + (i + j)).put("image", IMAGE);
      }
      service.redis().publish(account, payload(batch));
    }
    until(
        "all wait",
        () -> service.metric("luna_sender_backlog_bytes") > (double) EVENTS * IMAGE.length());
    Future<Void> stopped = service.sender().stop();
    INJECTION.disarm();
    for (CompletableFuture<Integer> client : reading) {
      assertThat(client.get(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isEqualTo(1001);
    }
    Waiting.await(stopped);
  }

  /** One whose kernel takes little by itself. */
  private RawSocket client() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(32_768);
    socket.connect(new InetSocketAddress("127.0.0.1", service.port()));
    return new RawSocket(socket, account);
  }

  /** The close code, behind all events in their order. */
  private static int readAll(RawSocket client) {
    try {
      for (int next = 0; ; next++) {
        RawSocket.Frame frame = client.nextButPing();
        if (frame.opcode() == RawSocket.CLOSE) {
          assertThat(next).isEqualTo(EVENTS);
          client.sendFrame(RawSocket.CLOSE, true, frame.payload());
          return frame.closeCode();
        }
        assertThat(new String(frame.payload(), 0, 60, StandardCharsets.UTF_8))
            .contains("\"event " + next + "\"");
      }
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
