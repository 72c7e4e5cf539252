package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests permessage-deflate: what clients that offer it receive, and what they may send. */
final class DeflateIT {
  private static final String OFFER =
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  private static final int RSV1_TEXT = 0x40 | RawSocket.TEXT;

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=6");

  private final String account = Service.account();

  /**
   * Inflates with an independent library; a client of the same account without compression is
   * unaffected.
   */
  @Test
  void clientsWithAndWithoutCompressionGetTheSameEvents() {
    TestSocket plain = service.open(account, "");
    TestSocket first = TestSocket.deflating(service.port(), account);
    TestSocket second = TestSocket.deflating(service.port(), account);
    assertThat(first.headers().get("Sec-WebSocket-Extensions"))
        .isEqualTo("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    assertThat(plain.headers().get("Sec-WebSocket-Extensions")).isNull();
    for (int i = 0; i < 300; i++) {
      service.redis().publish(account, payload(large("event " + i, i * 50)));
    }
    for (int i = 0; i < 300; i++) {
      String text = plain.nextText();
      assertThat(new JsonObject(text).getJsonObject("event").getString("event_id"))
          .isEqualTo("event " + i);
      assertThat(first.nextText()).isEqualTo(text);
      assertThat(second.nextText()).isEqualTo(text);
    }
  }

  @Test
  void deflatedFrameIsSmallerAndMarkedAsDeflated() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
      assertThat(client.head()).contains("\r\nSec-WebSocket-Extensions: " + Deflate.ANSWER);
      service.redis().publish(account, payload(large("large", 14_000)));
      Frame frame = client.nextButPing();
      assertThat(frame.rsv1()).isTrue();
      assertThat(frame.payload().length).isLessThan(2_000);
    }
  }

  @Test
  void unsupportedOfferIsDeclined() throws IOException {
    String[] offer = {"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"};
    try (RawSocket client = new RawSocket(service.port(), account, offer)) {
      assertThat(client.head()).doesNotContain("Sec-WebSocket-Extensions");
      service.redis().publish(account, payload(large("large", 14_000)));
      assertThat(client.nextButPing().rsv1()).isFalse();
    }
  }

  @Test
  void deflatedMessagesUpToTheLimitAreIgnored() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
      client.sendFrame(RSV1_TEXT, true, deflated(4096));
      byte[] whole = deflated(4000);
      client.sendFrame(RSV1_TEXT, false, Arrays.copyOf(whole, 3));
      client.sendFrame(RawSocket.PING, true, new byte[0]);
      assertThat(client.nextButPing().opcode()).isEqualTo(RawSocket.PONG);
      client.sendFrame(0, true, Arrays.copyOfRange(whole, 3, whole.length));
      client.sendFrame(RawSocket.TEXT, true, new byte[4096]);
      client.sendFrame(RawSocket.PING, true, new byte[0]);
      assertThat(client.nextButPing().opcode()).isEqualTo(RawSocket.PONG);
    }
  }

  @Test
  void bombIsClosedWith1009() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
      byte[] bomb = deflated(1_000_000);
      assertThat(bomb.length).isLessThan(4096);
      client.sendFrame(RSV1_TEXT, true, bomb);
      assertThat(client.nextButPing().closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void deflatedFragmentsOverTheLimitInTotalAreClosedWith1009() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
      client.sendFrame(RSV1_TEXT, false, new byte[4000]);
      client.sendFrame(0, false, new byte[97]);
      assertThat(client.nextButPing().closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void messageThatDoesNotInflateIsClosedWith1007() throws IOException {
    try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
      client.sendFrame(RSV1_TEXT, true, new byte[] {(byte) 0xFF, 1, 2, 3});
      assertThat(client.nextButPing().closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void bitWithoutAnExtensionIsClosedWith1002() throws IOException {
    for (int first :
        new int[] {0x20 | RawSocket.TEXT, 0x60 | RawSocket.TEXT, 0x40 | RawSocket.PING}) {
      try (RawSocket client = new RawSocket(service.port(), account, OFFER)) {
        client.sendFrame(first, true, new byte[1]);
        assertThat(client.nextButPing().closeCode()).isEqualTo(1002);
      }
    }
  }

  private static JsonObject large(String id, int bytes) {
    return with(event(id), "user_data", "to and fro; ".repeat(bytes / 12));
  }

  private static byte[] deflated(int zeros) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(new byte[zeros]);
    byte[] out = new byte[8192];
    int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, length - 4);
  }
}
