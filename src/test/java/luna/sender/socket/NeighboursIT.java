package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests a client that reads next to many that never do and whose frames exceed the memory limit.
 */
final class NeighboursIT {
  private static final int NEIGHBOURS = 90;

  /** The kernel buffers 2.5 MB per neighbour, all of which are encrypted. */
  private static final int NEIGHBOURS_OVER_TLS = 30;

  private static final int EVENTS = 240;
  private static final int TOGETHER = 8;
  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final Path FOLDER = TestCertificates.folder();

  static {
    TestCertificates.write(FOLDER, "server", TestCertificates.server(AUTHORITY, "server"));
  }

  private final String account = Service.account();
  private final String image = image();
  private final List<Socket> neighbours = new ArrayList<>();

  @AfterEach
  void neighboursLeave() throws IOException {
    for (Socket neighbour : neighbours) {
      neighbour.close();
    }
  }

  /** The account's limit is lower than the limit of one client. */
  @Nested
  final class OfTheSameAccount {
    private static final int LIMIT = 700_000;

    @RegisterExtension
    final Service service =
        Service.shared(
            "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
            "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=60",
            "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=1",
            "LUNA_SENDER_WS_SETTINGS__ACCOUNT_QUEUE_LIMIT_BYTES=" + LIMIT);

    @ParameterizedTest
    @ValueSource(strings = {"close", "drop_oldest", "latest"})
    void readingClientGetsAll(String slow) throws IOException {
      surround(service, false, account, slow);
      try (RawSocket client = new RawSocket(service.port(), account)) {
        getsAll(service, client, account);
      }
      until("the limit holds", () -> queued(service) <= LIMIT);
    }

    @Test
    void readingClientGetsAllBesideDeflatedFrames() throws IOException {
      surround(service, false, account, "drop_oldest", DEFLATE);
      try (RawSocket client = new RawSocket(service.port(), account)) {
        getsAll(service, client, account);
      }
      until("the limit holds", () -> queued(service) <= LIMIT);
    }
  }

  /** Frames in a socket's queue are encrypted for each client. */
  @Nested
  final class OverTls {
    private static final int LIMIT = 6_000_000;

    @RegisterExtension
    final Service service =
        Service.shared(
            TestCertificates.settings(
                FOLDER,
                "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
                "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=60",
                "LUNA_SENDER_WS_SETTINGS__ACCOUNT_QUEUE_LIMIT_BYTES=" + LIMIT));

    @ParameterizedTest
    @ValueSource(strings = {"close", "latest"})
    void readingClientGetsAll(String slow) throws IOException {
      surround(service, true, account, slow);
      Socket encrypted = encrypted(new Socket("127.0.0.1", service.port()));
      try (RawSocket client = new RawSocket(encrypted, account)) {
        getsAll(service, client, account);
      }
      until("the limit holds", () -> queued(service) <= LIMIT);
    }
  }

  /** The total limit of all accounts is reached: a hundredth of the memory. */
  @Nested
  final class OfAnotherAccount {
    @RegisterExtension
    final Service service =
        Service.shared(
            "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
            "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=60",
            "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=100000000",
            "LUNA_SENDER_WS_SETTINGS__ACCOUNT_QUEUE_LIMIT_BYTES=100000000",
            "LUNA_SENDER_WS_SETTINGS__QUEUE_MEMORY_PERCENT=1");

    @ParameterizedTest
    @ValueSource(strings = {"close", "drop_oldest"})
    void readingClientGetsAll(String slow) throws IOException {
      String other = Service.account();
      surround(service, false, other, slow);
      try (RawSocket client = new RawSocket(service.port(), account)) {
        getsAll(service, client, account, other);
      }
      double limit = service.metric("luna_sender_queue_limit_bytes");
      until("the limit holds", () -> queued(service) <= limit);
    }
  }

  private static double queued(Service service) {
    return service.metric("luna_sender_queue_bytes");
  }

  /** Opens clients that read their 101 and nothing else. */
  private void surround(Service service, boolean tls, String account, String slow, String... lines)
      throws IOException {
    for (int i = 0; i < (tls ? NEIGHBOURS_OVER_TLS : NEIGHBOURS); i++) {
      Socket narrow = RawSocket.narrow(service.port());
      Socket socket = tls ? encrypted(narrow) : narrow;
      neighbours.add(socket);
      RawSocket.open(socket, account, "slow=" + slow, lines);
    }
  }

  private static Socket encrypted(Socket socket) throws IOException {
    return TestCertificates.encrypted(TestCertificates.trusting(AUTHORITY, null), socket);
  }

  /** Publishes to each account and reads the events of the first account's client. */
  private void getsAll(Service service, RawSocket client, String... accounts) throws IOException {
    client.socket().setSoTimeout((int) PATIENCE.toMillis());
    for (int first = 0; first < EVENTS; first += TOGETHER) {
      JsonObject[] events = new JsonObject[TOGETHER];
      for (int i = 0; i < TOGETHER; i++) {
        events[i] = event("event " + (first + i)).put("image", image);
      }
      for (String each : accounts) {
        service.redis().publish(each, payload(events));
      }
      for (int i = 0; i < TOGETHER; i++) {
        Frame frame = client.nextButPing();
        assertThat(frame.opcode()).as("opcode of event %s", first + i).isEqualTo(RawSocket.TEXT);
        assertThat(new String(frame.payload(), 0, 60, UTF_8))
            .contains("\"event " + (first + i) + "\"");
      }
    }
    assertThat(service.metric("luna_sender_events_dropped"))
        .as("the limit was reached")
        .isPositive();
  }

  /** Base64, so it compresses by a quarter. */
  private static String image() {
    byte[] bytes = new byte[40_000];
    new Random(1).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
