package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a client that is behind but reads. */
final class SlowReaderIT {
  private static final int EVENTS = 80;

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.2",
          "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=1.5",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=200000000",
          "LUNA_SENDER_WS_SETTINGS__ACCOUNT_QUEUE_LIMIT_BYTES=200000000",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_MEMORY_PERCENT=90");

  /** A ping waits behind all queued frames: its pong arrives late but is not missing. */
  @ParameterizedTest
  @ValueSource(strings = {"close", "drop_oldest"})
  void slowReaderIsNotClosedAsSilent(String slow) throws IOException {
    String account = Service.account();
    Socket socket = new Socket("127.0.0.1", service.port());
    try (RawSocket client = RawSocket.open(socket, account, "slow=" + slow)) {
      // In parallel to reading: publishing all events takes longer than the timeout on a busy
      // machine.
      CompletableFuture<Void> published = CompletableFuture.runAsync(() -> publish(account));
      for (int next = 0; next < EVENTS; ) {
        Frame frame = client.next();
        if (frame.opcode() == RawSocket.PING) {
          client.sendFrame(RawSocket.PONG, true, new byte[0]);
        } else {
          String start = new String(frame.payload(), 0, 60, StandardCharsets.UTF_8);
          assertThat(start).contains("\"event " + next++ + "\"");
          await().pollDelay(Duration.ofMillis(45)).until(() -> true);
        }
      }
      published.join();
    }
  }

  private void publish(String account) {
    String image = "x".repeat(900_000);
    for (int i = 0; i < EVENTS; i++) {
      service.redis().publish(account, payload(event("event " + i).put("image", image)));
    }
  }
}
