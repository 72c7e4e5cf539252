package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the limits on what clients send. */
final class InboundIT {
  private static final int LIMIT = 4096;

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=2");

  private final String account = Service.account();
  private RawSocket client;

  @BeforeEach
  void open() throws IOException {
    client = new RawSocket(service.port(), account);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
  }

  @Test
  void messagesUpToTheLimitAreIgnored() throws IOException {
    client.sendFrame(RawSocket.TEXT, true, new byte[LIMIT]);
    client.sendFrame(2, true, new byte[LIMIT]);
    client.sendFrame(RawSocket.TEXT, true, "hello".getBytes(StandardCharsets.UTF_8));
    expectDelivery();
  }

  @Test
  void pingIsAnsweredWithItsPayload() throws IOException {
    byte[] payload = "are you there?".getBytes(StandardCharsets.UTF_8);
    client.sendFrame(RawSocket.PING, true, payload);
    Frame pong = client.nextButPing();
    assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
    assertThat(pong.payload()).isEqualTo(payload);
    expectDelivery();
  }

  @Test
  void frameOverTheLimitIsClosedWith1009() throws IOException {
    client.sendFrame(RawSocket.TEXT, true, new byte[LIMIT + 1]);
    expectClose(1009);
  }

  @Test
  void hugeFrameIsClosedWith1009BeforeItIsReceived() throws IOException {
    client.send(RawSocket.header(RawSocket.TEXT, true, 1 << 30));
    expectClose(1009);
  }

  @Test
  void fragmentsOverTheLimitInTotalAreClosedWith1009() throws IOException {
    client.sendFrame(RawSocket.TEXT, false, new byte[LIMIT / 2]);
    client.sendFrame(0, false, new byte[LIMIT / 2]);
    client.sendFrame(0, false, new byte[1]);
    expectClose(1009);
  }

  @Test
  void fragmentsOfSeveralMessagesAreCountedSeparately() throws IOException {
    for (int i = 0; i < 3; i++) {
      client.sendFrame(RawSocket.TEXT, false, new byte[LIMIT / 2]);
      client.sendFrame(0, true, new byte[LIMIT / 2]);
    }
    expectDelivery();
  }

  /** Streaming writers end messages like this: they only know the end once it has come. */
  @Test
  void emptyLastFragmentEndsTheMessage() throws IOException {
    for (int i = 0; i < 2; i++) {
      client.sendFrame(RawSocket.TEXT, false, new byte[LIMIT]);
      client.sendFrame(0, true, new byte[0]);
    }
    expectDelivery();
  }

  @Test
  void pingBetweenFragmentsDoesNotEndTheMessage() throws IOException {
    client.sendFrame(RawSocket.TEXT, false, new byte[LIMIT]);
    client.sendFrame(RawSocket.PING, true, new byte[0]);
    assertThat(client.nextButPing().opcode()).isEqualTo(RawSocket.PONG);
    client.sendFrame(0, true, new byte[1]);
    expectClose(1009);
  }

  /** The fragments are empty, so a limit in bytes would never be reached. */
  @Test
  void messageOfEndlessEmptyFragmentsIsClosedWith1009() throws IOException {
    client.sendFrame(RawSocket.TEXT, false, new byte[0]);
    for (int i = 0; i < 64; i++) {
      client.sendFrame(0, false, new byte[0]);
    }
    expectClose(1009);
  }

  @Test
  void messageOfManyFragmentsIsIgnoredLikeAnyOther() throws IOException {
    client.sendFrame(RawSocket.TEXT, false, new byte[64]);
    for (int i = 0; i < 62; i++) {
      client.sendFrame(0, false, new byte[64]);
    }
    client.sendFrame(0, true, new byte[64]);
    expectDelivery();
  }

  /** Sends frames as fast as possible, until the service closes the connection. */
  @ParameterizedTest
  @CsvSource({"9, pings", "10, pongs", "1, empty texts", "2, empty binaries"})
  void floodOfFramesIsClosedWith1008AndTheOtherClientGetsItsEvents(int opcode, String what)
      throws IOException {
    try (RawSocket other = new RawSocket(service.port(), account)) {
      byte[] frame = RawSocket.header(opcode, true, 0);
      byte[] flood = new byte[frame.length * 5_000];
      for (int i = 0; i < flood.length; i++) {
        flood[i] = frame[i % frame.length];
      }
      client.send(flood);
      Frame end = client.nextButPing();
      int pongs = 0;
      for (; end.opcode() == RawSocket.PONG; end = client.nextButPing()) {
        pongs++;
      }
      assertThat(end.closeCode()).as(what).isEqualTo(1008);
      assertThat(pongs).isEqualTo(opcode == RawSocket.PING ? 100 : 0);
      service.redis().publish(account, payload(event("an event")));
      assertThat(other.nextButPing().opcode()).isEqualTo(RawSocket.TEXT);
    }
    until(
        "the close is counted",
        () -> service.metric("luna_sender_closes", "reason", "policy") == 1);
  }

  @Test
  void burstOfAHundredFramesIsAllowed() throws IOException {
    for (int i = 0; i < 90; i++) {
      client.sendFrame(RawSocket.PONG, true, new byte[0]);
    }
    expectDelivery();
  }

  /** Closing a connection with unread bytes resets it and loses the close frame. */
  @Test
  void clientThatSendsAHugeFrameReceivesTheCloseCode() throws IOException {
    client.sendFrame(RawSocket.TEXT, true, new byte[10_000_000]);
    expectClose(1009);
  }

  @Test
  void clientThatDoesNotAnswerTheCloseIsAbortedAfterTheTimeout() throws IOException {
    client.sendFrame(RawSocket.TEXT, true, new byte[LIMIT + 1]);
    expectClose(1009);
    assertThatThrownBy(client::nextButPing).isInstanceOf(EOFException.class);
    until(
        "the close is counted",
        () -> service.metric("luna_sender_closes", "reason", "too_big") == 1);
  }

  @Test
  void closeOfTheClientIsAnsweredWithItsCode() throws IOException {
    client.sendFrame(RawSocket.CLOSE, true, new byte[] {0x0F, (byte) 0xA1});
    expectClose(4001);
    assertThatThrownBy(client::nextButPing).isInstanceOf(EOFException.class);
    until(
        "the close is counted",
        () -> service.metric("luna_sender_closes", "reason", "client") == 1);
  }

  @Test
  void textThatIsNotUtf8IsClosedWith1007() throws IOException {
    client.sendFrame(RawSocket.TEXT, true, new byte[] {(byte) 0xFF, (byte) 0xC0});
    expectClose(1007);
    until(
        "the close is counted",
        () -> service.metric("luna_sender_closes", "reason", "invalid") == 1);
  }

  @Test
  void frameWithoutMaskIsClosedWith1002() throws IOException {
    client.send(new byte[] {(byte) 0x81, 1, 'x'});
    expectClose(1002);
  }

  @Test
  void reservedOpcodeIsClosedWith1002() throws IOException {
    client.sendFrame(5, true, new byte[1]);
    expectClose(1002);
  }

  @Test
  void reservedBitIsClosedWith1002() throws IOException {
    client.sendFrame(0x40 | RawSocket.TEXT, true, new byte[1]);
    expectClose(1002);
  }

  @Test
  void controlFrameThatIsTooLongIsClosedWith1002() throws IOException {
    client.sendFrame(RawSocket.PING, true, new byte[126]);
    expectClose(1002);
  }

  @Test
  void fragmentedControlFrameIsClosedWith1002() throws IOException {
    client.sendFrame(RawSocket.PING, false, new byte[1]);
    expectClose(1002);
  }

  @Test
  void unexpectedContinuationIsClosedWith1002() throws IOException {
    client.sendFrame(0, true, new byte[1]);
    expectClose(1002);
  }

  private void expectDelivery() throws IOException {
    // The pong arrives after the service has read everything before the ping.
    client.sendFrame(RawSocket.PING, true, new byte[0]);
    assertThat(client.nextButPing().opcode()).isEqualTo(RawSocket.PONG);
    assertThat(service.redis().publish(account, payload(event("an event")))).isEqualTo(1);
    Frame frame = client.nextButPing();
    assertThat(frame.opcode()).isEqualTo(RawSocket.TEXT);
    assertThat(new String(frame.payload(), StandardCharsets.UTF_8)).contains("\"an event\"");
  }

  private void expectClose(int code) throws IOException {
    Frame frame = client.nextButPing();
    assertThat(frame.opcode()).isEqualTo(RawSocket.CLOSE);
    assertThat(frame.closeCode()).isEqualTo(code);
  }
}
