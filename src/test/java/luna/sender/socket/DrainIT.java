package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests stopping while many events wait to be delivered. */
final class DrainIT {
  private static final int CLIENTS = 12;
  private static final int QUEUE_BYTES = 500_000;

  /** Half of the shutdown timeout. */
  private static final Duration DRAIN = Duration.ofSeconds(60);

  @RegisterExtension static final FaultInjection INJECTION = new FaultInjection();

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          // A canary would start a turn and deliver the waiting events.
          "REDIS_DB_ADDRESS__CANARY_INTERVAL=0",
          "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT=120",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=" + QUEUE_BYTES);

  private final String account = Service.account();

  /**
   * Far more waits than one client's queue allows: a steady reader needs seconds for what the hub
   * could deliver at once.
   */
  @ParameterizedTest
  @CsvSource({"0, 120, 60000", "15, 120, 60000", "15, 30, 240000", "15, 12, 700000"})
  void clientsThatReadGetTheBacklogAndThen1001(int millisPerEvent, int events, int eventBytes)
      throws Exception {
    service.expectWarning("Fault caught");
    List<CompletableFuture<String>> reading = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      RawSocket client = client();
      reading.add(
          CompletableFuture.supplyAsync(
              () -> readAll(client, Duration.ofMillis(millisPerEvent)),
              run -> new Thread(run).start()));
    }
    // No turn can be scheduled, so all events wait.
    INJECTION.armForGood(Step.SCHEDULE, account, () -> new AssertionError("injected"));
    String image = "x".repeat(eventBytes);
    for (int i = 0; i < events; i++) {
      service.redis().publish(account, payload(event("event " + i).put("image", image)));
    }
    until(
        "all wait",
        () -> service.metric("luna_sender_backlog_bytes") > (double) events * eventBytes);
    Future<Void> stopped = service.sender().stop();
    INJECTION.disarm();
    for (CompletableFuture<String> client : reading) {
      assertThat(client.get(DRAIN.toMillis(), TimeUnit.MILLISECONDS))
          .isEqualTo("1001 after " + events);
    }
    Waiting.await(stopped);
  }

  /** Opens a client with a small receive buffer. */
  private RawSocket client() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(32_768);
    socket.connect(new InetSocketAddress("127.0.0.1", service.port()));
    return new RawSocket(socket, account);
  }

  /** Returns the close code and the number of events, in order, before it. */
  private static String readAll(RawSocket client, Duration perEvent) {
    try {
      for (int next = 0; ; next++) {
        if (!perEvent.isZero()) {
          await().pollDelay(perEvent).until(() -> true);
        }
        RawSocket.Frame frame = client.nextButPing();
        if (frame.opcode() == RawSocket.CLOSE) {
          client.sendFrame(RawSocket.CLOSE, true, frame.payload());
          return frame.closeCode() + " after " + next;
        }
        assertThat(new String(frame.payload(), 0, 60, StandardCharsets.UTF_8))
            .contains("\"event " + next + "\"");
      }
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
