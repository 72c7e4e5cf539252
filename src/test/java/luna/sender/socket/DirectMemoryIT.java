package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the packaged jar with little direct memory, and clients that leave more bytes unread than
 * fit.
 */
final class DirectMemoryIT {
  private static final int STALLED = 30;
  private static final int AT_ONCE = 12;
  private static final int ROUNDS = 3;
  private static final String IMAGE = text(900_000);
  private static final String THUMBNAIL = text(1_200);

  /** The id of the last event. */
  private static final int END = 1_000_000;

  private final String theirs = Service.account();
  private final String others = Service.account();
  private final TestRedis redis = new TestRedis();
  private final List<RawSocket> stalled = new ArrayList<>();
  private final List<TestSocket> reading = new ArrayList<>();
  private int published;

  @AfterEach
  void close() throws IOException {
    for (RawSocket socket : stalled) {
      socket.close();
    }
    reading.forEach(TestSocket::close);
    redis.close();
  }

  @ParameterizedTest
  @CsvSource({
    "close, 1, false, false",
    "close, 2, true, true",
    "drop_oldest, 1, true, false",
    "drop_oldest, 2, false, true",
    "latest, 1, false, false",
    "latest, 1, false, true"
  })
  void largeUnreadEventsDropNoEventOfOthers(String slow, int loops, boolean deflate, boolean tls)
      throws Exception {
    try (PackagedSender sender = start(loops, deflate, tls)) {
      for (int i = 0; i < 2 * loops; i++) {
        reading.add(open(sender, others, tls));
      }
      stall(sender, STALLED, "slow=" + slow, deflate, tls);

      for (int i = 0; i < ROUNDS; i++) {
        publishAtOnce(large("theirs", 4), large("theirs", 4), large("theirs", 4));
        expectEventsOfOthers(sender);
        for (int j = 0; j < AT_ONCE; j++) {
          redis.publish(theirs, large("theirs", 1));
        }
        expectEventsOfOthers(sender);
      }

      redis.publish(theirs, payload(event("theirs." + END)));
      for (RawSocket socket : stalled) {
        expectOnlyTheirs(socket);
        socket.close();
      }
      until(
          "clients that did not read are disconnected",
          () -> metric(sender, "connections") == 2 * loops);
      TestSocket late = open(sender, theirs, tls);
      redis.publish(theirs, large("theirs", 2));
      assertThat(late.nextEventId()).isEqualTo("theirs." + (published - 1));
      assertThat(late.nextEventId()).isEqualTo("theirs." + published);
      late.close();
      expectEventsOfOthers(sender);
      expectNoFault(sender);
    }
  }

  /** In a memory pool, each waiting event would keep the memory of its neighbours. */
  @Test
  void fewUnreadEventsDropNoEventOfOthers() throws Exception {
    try (PackagedSender sender = start(1, false, false)) {
      reading.add(TestSocket.open(sender.port(), theirs, ""));
      stall(sender, 5, "cities=Moscow&slow=drop_oldest", false, false);
      // Fills the kernel's buffers.
      for (int i = 0; i < 4; i++) {
        redis.publish(
            theirs,
            payload(
                with(
                    event("theirs." + ++published).put("image", IMAGE),
                    "location.city",
                    "Moscow")));
        assertThat(reading.get(0).nextEventId()).isEqualTo("theirs." + published);
      }
      for (int i = 0; i < 120; i++) {
        redis.publish(theirs, small(200));
        for (int j = 199; j >= 0; j--) {
          assertThat(reading.get(0).nextEventId()).isEqualTo("theirs." + (published - j));
        }
      }
      assertThat(metric(sender, "direct_memory_bytes"))
          .isLessThan(metric(sender, "queue_bytes") + 1_000_000);
      assertThat(sender.status("/livez")).isEqualTo(200);
      expectNoFault(sender);
    }
  }

  private PackagedSender start(int loops, boolean deflate, boolean tls) throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", Integer.toString(loops));
    settings.put("LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL", deflate ? "1" : "0");
    settings.put("LUNA_SENDER_WS_SETTINGS__QUEUE_MEMORY_PERCENT", "90");
    settings.put("LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES", "16777216");
    settings.put("REDIS_DB_ADDRESS__PAYLOAD_LIMIT_BYTES", "4194304");
    if (tls) {
      Path folder = TestCertificates.folder();
      TestCertificates.write(
          folder,
          "server",
          TestCertificates.server(TestCertificates.authority("test"), "127.0.0.1"));
      settings.putAll(TestCertificates.settings(folder));
    }
    // Less for each loop does not leave it what it needs for its own work.
    return PackagedSender.start(
        redis,
        settings,
        "-Xmx128m",
        "-XX:MaxDirectMemorySize=" + 8 * loops + "m",
        "-XX:TieredStopAtLevel=1");
  }

  private static TestSocket open(PackagedSender sender, String account, boolean tls) {
    return tls
        ? TestSocket.openTls(sender.port(), account, "")
        : TestSocket.open(sender.port(), account, "");
  }

  private void stall(PackagedSender sender, int clients, String query, boolean deflate, boolean tls)
      throws IOException {
    for (int i = 0; i < clients; i++) {
      // Half of the clients offer compression, if enabled.
      String[] lines =
          deflate && i % 2 == 0
              ? new String[] {"Sec-WebSocket-Extensions: permessage-deflate"}
              : new String[0];
      Socket socket = RawSocket.narrow(sender.port());
      stalled.add(RawSocket.open(tls ? encrypted(socket) : socket, theirs, query, lines));
    }
  }

  private static Socket encrypted(Socket socket) throws IOException {
    return TestCertificates.encrypted(TestCertificates.trustingAll(), socket);
  }

  /** Publishes atomically, so Redis sends no other account's event in between. */
  private void publishAtOnce(String... payloads) {
    String script = "for _, payload in ipairs(ARGV) do redis.call('PUBLISH', KEYS[1], payload) end";
    List<String> arguments = new ArrayList<>(List.of(script, "1", "luna-sender:" + theirs));
    arguments.addAll(List.of(payloads));
    redis.command("EVAL", arguments.toArray(String[]::new));
  }

  private void expectEventsOfOthers(PackagedSender sender) throws Exception {
    redis.publish(others, large("others", 1));
    redis.publish(others, payload(event("small")));
    try {
      for (TestSocket socket : reading) {
        JsonObject large = socket.next().getJsonObject("event");
        assertThat(large.getString("event_id")).isEqualTo("others." + published);
        assertThat(large.getString("image").equals(IMAGE)).isTrue();
        assertThat(socket.nextEventId()).isEqualTo("small");
      }
    } catch (Throwable missing) {
      // Says whether the service has noticed a loss.
      missing.addSuppressed(new AssertionError("log of the service:\n" + sender.output()));
      throw missing;
    }
    assertThat(sender.status("/livez")).isEqualTo(200);
  }

  /** Reads the client's waiting events, up to the last event or the end of the connection. */
  private static void expectOnlyTheirs(RawSocket socket) throws Exception {
    int last = 0;
    try {
      while (last != END) {
        RawSocket.Frame frame = socket.nextButPing();
        if (frame.opcode() == RawSocket.CLOSE) {
          assertThat(frame.closeCode()).isEqualTo(CloseReason.SLOW.code());
          return;
        }
        JsonObject event = new JsonObject(text(frame)).getJsonObject("event");
        String[] id = event.getString("event_id").split("\\.", -1);
        assertThat(id[0]).isEqualTo("theirs");
        assertThat(Integer.parseInt(id[1])).isGreaterThan(last);
        last = Integer.parseInt(id[1]);
        assertThat(last == END || event.getString("image").equals(IMAGE)).isTrue();
      }
    } catch (EOFException | SocketException cut) {
      // The service closed it to free memory for others.
    }
  }

  private static String text(RawSocket.Frame frame) throws DataFormatException {
    if (!frame.rsv1()) {
      return new String(frame.payload(), UTF_8);
    }
    byte[] deflated = Arrays.copyOf(frame.payload(), frame.payload().length + 4);
    deflated[deflated.length - 2] = (byte) 0xFF;
    deflated[deflated.length - 1] = (byte) 0xFF;
    Inflater inflater = new Inflater(true);
    inflater.setInput(deflated);
    byte[] text = new byte[2 * IMAGE.length()];
    int length = inflater.inflate(text);
    inflater.end();
    return new String(text, 0, length, UTF_8);
  }

  private static void expectNoFault(PackagedSender sender) throws Exception {
    assertThat(sender.output()).doesNotContain("OutOfMemoryError");
    assertThat(metric(sender, "faults_total")).isZero();
  }

  private String large(String prefix, int events) {
    return payload(
        IntStream.range(0, events)
            .mapToObj(i -> event(prefix + "." + ++published).put("image", IMAGE))
            .toArray(JsonObject[]::new));
  }

  /** Each tenth event is from Moscow. */
  private String small(int events) {
    return payload(
        IntStream.range(0, events)
            .mapToObj(i -> event("theirs." + ++published).put("image", THUMBNAIL))
            .map(event -> with(event, "location.city", published % 10 == 0 ? "Moscow" : "Tula"))
            .toArray(JsonObject[]::new));
  }

  /** Returns a text that compresses poorly. */
  private static String text(int length) {
    byte[] bytes = new byte[length / 4 * 3];
    new Random(1).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static double metric(PackagedSender sender, String name) throws Exception {
    return sender
        .body("/metrics")
        .lines()
        .filter(line -> line.startsWith("luna_sender_" + name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
