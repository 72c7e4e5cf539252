package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests clients that disconnect at inconvenient times. */
final class LeavingIT {
  @RegisterExtension final Service service = Service.shared();

  /**
   * The client disconnects while Redis does not answer the subscription. The prepared state must be
   * released, and the event loop must not wait for the client.
   */
  @Test
  void disconnectDuringTheHandshakeLeaksNothing() throws Exception {
    String account = Service.account();
    signal("STOP");
    try (Socket client = new Socket("127.0.0.1", service.port())) {
      client.getOutputStream().write(RawSocket.handshake(account));
      until(
          "the handshake is pending", () -> service.metric("luna_sender_handshakes_waiting") >= 1);
    } finally {
      until("the client is disconnected", () -> service.metric("luna_sender_http_connections") < 1);
      signal("CONT");
    }
    until(
        "the handshake ends",
        () -> service.metric("luna_sender_handshakes", "outcome", "client_left") == 1);
    TestSocket next = service.open(account, "");
    service.redis().publish(account, payload(event("after")));
    assertThat(next.nextEventId()).isEqualTo("after");
    assertThat(service.metric("luna_sender_connections")).isEqualTo(1);
    assertThat(service.metric("luna_sender_events_matched")).isEqualTo(1);
  }

  /** A reset can arrive at any point between the 101 and the first frame. */
  @Test
  void disconnectRightAfterTheHandshakeLeaksNothing() throws Exception {
    String account = Service.account();
    TestSocket stays = service.open(account, "");
    for (int i = 0; i < 600; i++) {
      try (Socket client = new Socket("127.0.0.1", service.port())) {
        client.setSoLinger(true, 0);
        client.getOutputStream().write(RawSocket.handshake(account));
        if (i % 3 > 0) {
          client.setSoTimeout(1 + i % 3);
          awaitAnswer(client);
        }
        service.redis().publish(account, payload(event("event " + i)));
      }
      assertThat(stays.nextEventId()).isEqualTo("event " + i);
    }
    until("they are disconnected", () -> service.metric("luna_sender_connections") == 1);
    until("their handshakes have ended", () -> service.metric("luna_sender_http_connections") <= 1);
    service.redis().publish(account, payload(event("last")));
    assertThat(stays.nextEventId()).isEqualTo("last");
    double matched = service.metric("luna_sender_events_matched");
    service.redis().publish(account, payload(event("very last")));
    assertThat(stays.nextEventId()).isEqualTo("very last");
    until(
        "nobody else is offered it",
        () -> service.metric("luna_sender_events_matched") == matched + 1);
  }

  private static void awaitAnswer(Socket client) throws IOException {
    try {
      client.getInputStream().read();
    } catch (SocketTimeoutException soonEnough) {
      // Disconnects while the answer is being sent.
    }
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(service.redis().pid())).start().waitFor();
  }
}
