package luna.sender.socket;

import static luna.sender.socket.Conformance.frame;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests each client violation of RFC 6455, and unusual but valid behaviour. */
final class ConformanceIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=1",
          "LUNA_SENDER_WS_SETTINGS__INBOUND_FRAMES_PER_SECOND=1000000");

  @Test
  void everyCaseEndsAsItsSectionRequires() throws IOException {
    Conformance.run(Conformance.cases(), service.port(), false);
    Conformance.run(Conformance.endedCases(), service.port(), false);
  }

  @Test
  void everyCaseEndsAsItsSectionRequiresWhenSentByteByByte() throws IOException {
    List<Conformance.Case> small =
        Conformance.cases().stream().filter(each -> each.bytes().length < 300).toList();
    assertThat(small).hasSizeGreaterThan(150);
    Conformance.run(small, service.port(), true);
  }

  @Test
  void pingsOfEveryLengthInOneSegmentAreAnswered() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), Service.account())) {
      for (int round = 0; round < 2; round++) {
        List<byte[]> payloads = Conformance.pingPayloads();
        client.send(
            Conformance.join(payloads.stream().map(p -> frame(0x89, p)).toArray(byte[][]::new)));
        for (byte[] payload : payloads) {
          RawSocket.Frame pong = client.nextButPing();
          assertThat(pong.first()).isEqualTo(0x8A);
          assertThat(pong.payload()).isEqualTo(payload);
        }
      }
    }
  }

  /** RFC 6455 section 7.1.1: the service need not wait for a client that sends nothing more. */
  @Test
  void halfCloseOrResetLeaksNothing() throws IOException {
    String account = Service.account();
    for (byte[] begun : new byte[][] {{}, {(byte) 0x81}, {(byte) 0x81, (byte) 0xFE, 1}, frame(1)}) {
      try (RawSocket client = new RawSocket(service.port(), account)) {
        client.send(begun);
        client.socket().shutdownOutput();
        Conformance.expectEnd(client);
      }
      RawSocket client = new RawSocket(service.port(), account);
      client.send(begun);
      client.socket().setSoLinger(true, 0);
      client.close();
    }
    until(
        "all clients are disconnected",
        () -> service.metric("luna_sender_closes", "reason", "lost") == 8);
    assertThat(service.metric("luna_sender_connections")).isZero();
  }
}
