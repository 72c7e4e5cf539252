package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.stream.Stream;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests a client that keeps sending but does not read its events. */
final class StalledClientIT {
  private static final int EVENTS = 40;

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__PING_INTERVAL=0.3",
          "LUNA_SENDER_WS_SETTINGS__PONG_TIMEOUT=0.7",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=100000000",
          "LUNA_SENDER_WS_SETTINGS__ACCOUNT_QUEUE_LIMIT_BYTES=100000000",
          "LUNA_SENDER_WS_SETTINGS__QUEUE_MEMORY_PERCENT=90");

  private final String account = Service.account();
  private long next = System.nanoTime();

  /** What the client does repeatedly. */
  private enum Sign {
    PONG(RawSocket.PONG),
    PING(RawSocket.PING),
    TEXT(RawSocket.TEXT),
    /** An incomplete frame. */
    HALF_FRAME(RawSocket.TEXT),
    /** Reads a byte and sends a pong. */
    READ_ONE_BYTE(RawSocket.PONG);

    private final int opcode;

    Sign(int opcode) {
      this.opcode = opcode;
    }

    void give(Socket socket, boolean first) throws IOException {
      if (this == READ_ONE_BYTE) {
        assertThat(socket.getInputStream().read()).isNotNegative();
      }
      byte[] bytes = RawSocket.header(opcode, true, this == HALF_FRAME ? 1000 : 0);
      socket.getOutputStream().write(this == HALF_FRAME && !first ? new byte[1] : bytes);
    }
  }

  static Stream<Arguments> signs() {
    return Stream.of(Sign.values())
        .flatMap(sign -> Stream.of(SlowPolicy.values()).map(policy -> Arguments.of(sign, policy)));
  }

  @ParameterizedTest
  @MethodSource("signs")
  void clientThatReadsNothingIsDisconnected(Sign sign, SlowPolicy slow) throws IOException {
    try (Socket socket = RawSocket.narrow(service.port())) {
      RawSocket.open(socket, account, "slow=" + slow);
      String image = "x".repeat(500_000);
      for (int i = 0; i < EVENTS; i++) {
        service.redis().publish(account, payload(event("event " + i).put("image", image)));
      }
      sign.give(socket, true);
      until(
          "the connection is closed",
          () -> {
            // Within the rate limit of clients.
            if (System.nanoTime() - next >= 0) {
              next += 50_000_000;
              give(sign, socket);
            }
            return service.metric("luna_sender_closes", "reason", "silent") == 1;
          });
    }
    assertThat(service.metric("luna_sender_connections")).isZero();
  }

  private static void give(Sign sign, Socket socket) {
    try {
      sign.give(socket, false);
    } catch (IOException cut) {
      // The service's metric shows which close it was.
    }
  }
}
