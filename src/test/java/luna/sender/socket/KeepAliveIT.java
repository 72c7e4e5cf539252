package luna.sender.socket;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests pings and clients that do not answer them. */
final class KeepAliveIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.2", "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=2");

  @Test
  void clientThatAnswersPingsStaysConnected() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), Service.account())) {
      for (int i = 0; i < 6; i++) {
        assertThat(client.next().opcode()).isEqualTo(RawSocket.PING);
        client.sendFrame(RawSocket.PONG, true, new byte[0]);
      }
      assertThat(service.metric("luna_sender_connections")).isEqualTo(1);
    }
  }

  @Test
  void silentClientIsDisconnected() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), Service.account())) {
      assertThat(client.next().opcode()).isEqualTo(RawSocket.PING);
      assertThatThrownBy(client::next).isInstanceOf(IOException.class);
      until(
          "the close is counted",
          () -> service.metric("luna_sender_closes", "reason", "silent") == 1);
    }
  }

  @Test
  void anyMessageIsASignOfLife() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), Service.account())) {
      for (int i = 0; i < 4; i++) {
        assertThat(client.next().opcode()).isEqualTo(RawSocket.PING);
        client.sendFrame(RawSocket.TEXT, true, new byte[1]);
      }
      assertThat(service.metric("luna_sender_connections")).isEqualTo(1);
    }
  }
}
