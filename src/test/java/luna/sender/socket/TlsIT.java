package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestEventStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests WebSockets and requests over TLS, with the JDK's client and with raw sockets. */
@ParameterizedClass
@ValueSource(strings = {"openssl", "jdk"})
final class TlsIT {
  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final Path FOLDER = TestCertificates.folder();

  static {
    TestCertificates.write(FOLDER, "server", TestCertificates.server(AUTHORITY, "server"));
  }

  @RegisterExtension final Service service;

  private final String account = Service.account();

  TlsIT(String provider) {
    service =
        Service.shared(
            TestCertificates.settings(
                FOLDER,
                "LUNA_SENDER_HTTP_SETTINGS__TLS__PROVIDER=" + provider,
                "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=3",
                "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=1000000",
                "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=6",
                "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void requestIsAnsweredOverThisVersion(String version) throws IOException {
    SSLSocket socket = connect(AUTHORITY);
    socket.setEnabledProtocols(new String[] {version});
    try (RawHttp http = RawHttp.over(socket)) {
      assertThat(http.send(RawHttp.get("/version")).answer().status()).isEqualTo(200);
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
      assertThat(http.send(RawHttp.get("/version")).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void eventsAreStreamedOverTls() throws IOException {
    String request =
        RawHttp.get("/2/events", "Luna-Account-Id: " + account, "Accept: text/event-stream");
    try (TestEventStream stream = TestEventStream.over(connect(AUTHORITY), request)) {
      for (int i = 0; i < 50; i++) {
        service.redis().publish(account, payload(event("e" + i).put("x", "x".repeat(10_000))));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(stream.nextEventId()).isEqualTo("e" + i);
      }
    }
  }

  /** With a raw socket, because the JDK's client does not support TLS 1.1. */
  @ParameterizedTest
  @CsvSource({"0302, 15", "0301, 15", "0303, 16"})
  void tls11AndOlderAreRejected(String version, String firstByteOfTheAnswer) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", service.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(clientHello(version));
      assertThat(HexFormat.of().toHexDigits((byte) socket.getInputStream().read()))
          .isEqualTo(firstByteOfTheAnswer);
    }
  }

  @Test
  void cipherWithoutAuthenticatedEncryptionIsRejected() throws IOException {
    try (SSLSocket socket = connect(AUTHORITY)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
  }

  @Test
  void clientThatTrustsAnotherAuthorityRejectsTheServer() throws IOException {
    try (SSLSocket socket = connect(TestCertificates.authority("another"))) {
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("certification path");
    }
    until("it is counted", () -> service.metric("luna_sender_tls_failures") > 0);
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.2, 100", "TLSv1.3, 100",
    "TLSv1.2, 14000", "TLSv1.3, 14000",
    "TLSv1.2, 1000000", "TLSv1.3, 1000000",
  })
  void eventsOfAnySizeArriveWhole(String version, int bytes) throws IOException {
    SSLSocket socket = connect(AUTHORITY);
    socket.setEnabledProtocols(new String[] {version});
    try (RawSocket client = new RawSocket(socket, account)) {
      for (int i = 0; i < 5; i++) {
        String image = Character.toString('a' + i).repeat(bytes);
        service.redis().publish(account, payload(event("event " + i).put("image", image)));
        JsonObject event = sent(client.nextButPing().payload());
        assertThat(event.getString("event_id")).isEqualTo("event " + i);
        assertThat(event.getString("image")).isEqualTo(image);
      }
      until("all are counted", () -> service.metric("luna_sender_events_delivered") == 5);
    }
  }

  /** Frames that are flushed together share TLS records; each client has its own. */
  @Test
  void eventsOfOneBatchArriveInOrderAtEachClient() throws IOException {
    JsonObject[] events = new JsonObject[300];
    for (int i = 0; i < events.length; i++) {
      events[i] = event("event " + i).put("image", "x".repeat(i * 7));
    }
    try (RawSocket first = new RawSocket(connect(AUTHORITY), account);
        RawSocket second = new RawSocket(connect(AUTHORITY), account)) {
      service.redis().publish(account, payload(events));
      for (JsonObject expected : events) {
        assertThat(sent(first.nextButPing().payload())).isEqualTo(expected);
        assertThat(sent(second.nextButPing().payload())).isEqualTo(expected);
      }
      until("all are counted", () -> service.metric("luna_sender_events_delivered") == 600);
    }
  }

  @Test
  void deflatedEventsArriveToo() throws IOException, DataFormatException {
    try (RawSocket client = new RawSocket(connect(AUTHORITY), account, DEFLATE)) {
      service.redis().publish(account, payload(event("large").put("image", "x".repeat(500_000))));
      Frame frame = client.nextButPing();
      assertThat(frame.rsv1()).isTrue();
      assertThat(sent(inflated(frame.payload())).getString("event_id")).isEqualTo("large");
    }
  }

  @Test
  void closeOfTheClientIsAnsweredAndTheConnectionClosed() throws IOException {
    try (RawSocket client = new RawSocket(connect(AUTHORITY), account)) {
      client.sendFrame(RawSocket.CLOSE, true, new byte[] {0x0F, (byte) 0xA1});
      assertThat(client.nextButPing().closeCode()).isEqualTo(4001);
      // Without a TLS close_notify, the JDK's client throws another exception.
      assertThatThrownBy(client::next).isInstanceOf(EOFException.class);
    }
    until("it is counted", () -> closes("client") == 1);
  }

  /** The client can send nothing more, but the connection could stay open indefinitely. */
  @Test
  void clientThatClosesOnlyItsTlsIsDisconnected() throws IOException {
    SSLSocket socket = connect(AUTHORITY);
    try (RawSocket client = new RawSocket(socket, account)) {
      socket.shutdownOutput();
      assertThatThrownBy(client::nextButPing).isInstanceOf(IOException.class);
      until("it is counted", () -> closes("lost") == 1);
    }
  }

  @Test
  void slowClientIsClosedAndItsQueueStaysBounded() throws IOException {
    try (RawSocket slow = new RawSocket(connect(AUTHORITY), account);
        RawSocket fast = new RawSocket(connect(AUTHORITY), account)) {
      int published = 0;
      while (service.metric("luna_sender_events_dropped", "reason", "slow") == 0) {
        assertThat(published).as("events before the slow client is closed").isLessThan(100);
        String image = "x".repeat(400_000);
        service
            .redis()
            .publish(account, payload(event("event " + published++).put("image", image)));
        fast.nextButPing();
        double both = 2.0 * published;
        until(
            "the slow client has it or is closed",
            () ->
                service.metric("luna_sender_events_matched") == both
                    || service.metric("luna_sender_events_dropped", "reason", "slow") > 0);
      }
      // The client never reads, so it cannot receive a close_notify either.
      until("the connection is closed", () -> closes("slow") == 1);
      assertThat(service.metric("luna_sender_connections")).isEqualTo(1);
      // The last event may arrive after the slow client was closed and before its loss was counted.
      assertThat(service.metric("luna_sender_events_matched"))
          .isBetween(2.0 * published - 1, 2.0 * published);
    }
  }

  @Test
  void slowClientThatReadsAgainGetsItsQueueAndThen4008() throws IOException {
    try (RawSocket slow = new RawSocket(connect(AUTHORITY), account);
        RawSocket fast = new RawSocket(connect(AUTHORITY), account)) {
      for (int i = 0; service.metric("luna_sender_events_dropped", "reason", "slow") == 0; i++) {
        String image = "x".repeat(400_000);
        service.redis().publish(account, payload(event("event " + i).put("image", image)));
        // Otherwise events can arrive faster than they are delivered, which causes a gap.
        fast.nextButPing();
      }
      Frame frame = slow.nextButPing();
      for (int i = 0; frame.opcode() != RawSocket.CLOSE; i++) {
        assertThat(sent(frame.payload()).getString("event_id")).isEqualTo("event " + i);
        frame = slow.nextButPing();
      }
      assertThat(frame.closeCode()).isEqualTo(4008);
    }
  }

  @Test
  void plainRequestIsNotAnsweredAndLogsNothing() {
    try (RawHttp plain = RawHttp.connect(service.port())) {
      plain.send(RawHttp.get("/version"));
      assertThatThrownBy(plain::answer).isInstanceOf(RuntimeException.class);
    }
    until("it is counted", () -> service.metric("luna_sender_tls_failures") == 1);
  }

  @Test
  void connectionWithoutATlsHandshakeIsClosed() {
    try (RawHttp silent = RawHttp.connect(service.port())) {
      assertThat(silent.cut()).isLessThan(PATIENCE);
    }
  }

  @Test
  void connectionThatStallsAfterItsTlsHandshakeIsClosed() throws IOException {
    SSLSocket socket = connect(AUTHORITY);
    socket.startHandshake();
    try (RawHttp silent = RawHttp.over(socket)) {
      assertThat(silent.cut()).isLessThan(PATIENCE);
    }
  }

  /**
   * Each renegotiation would cost the server as much as a new connection, and the client nothing.
   */
  @Test
  void renegotiationIsRejected() throws IOException {
    SSLSocket socket = connect(AUTHORITY);
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    try (RawSocket client = new RawSocket(socket, account)) {
      socket.startHandshake();
      assertThatThrownBy(client::nextButPing).isInstanceOf(SSLException.class);
    }
  }

  private double closes(String reason) {
    return service.metric("luna_sender_closes", "reason", reason);
  }

  private SSLSocket connect(X509Bundle trusted) throws IOException {
    return TestCertificates.connect(TestCertificates.trusting(trusted, null), service.port());
  }

  private static JsonObject sent(byte[] frame) {
    return new JsonObject(new String(frame, StandardCharsets.UTF_8)).getJsonObject("event");
  }

  private static byte[] inflated(byte[] message) throws DataFormatException {
    Inflater inflater = new Inflater(true);
    inflater.setInput(
        ByteBuffer.allocate(message.length + 4).put(message).putInt(0x0000FFFF).array());
    byte[] text = new byte[1 << 20];
    int length = inflater.inflate(text);
    inflater.end();
    return Arrays.copyOf(text, length);
  }

  /** Offers one version, the common cipher suites, and one that the server accepts. */
  private static byte[] clientHello(String version) {
    String extensions =
        "000a00040002"
            + "0017" // supported groups: secp256r1
            + "000b00020100" // uncompressed points
            + "000d00060004"
            + "04030401"; // ECDSA and RSA with SHA-256
    String body =
        version
            + "00".repeat(32) // random
            + "00" // no session
            + "0006"
            + "c02b"
            + "c009"
            + "002f" // cipher suites
            + "0100" // no compression
            + length(extensions, 2)
            + extensions;
    String message = "01" + length(body, 3) + body;
    return HexFormat.of().parseHex("16" + "0301" + length(message, 2) + message);
  }

  private static String length(String hex, int bytes) {
    return HexFormat.of().toHexDigits(hex.length() / 2, bytes * 2);
  }
}
