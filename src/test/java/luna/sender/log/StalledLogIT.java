package luna.sender.log;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

/**
 * A log that nobody reads does not stop the node: standard output is a full pipe. Before, about 330
 * clients with one oversized message each, and one line each, stopped it.
 *
 * <p>The tests run concurrently: each has its own process, and waits for a throttle of 10 s.
 */
final class StalledLogIT {
  private static final byte[] TOO_LARGE = new byte[5000];

  @Test
  @Execution(CONCURRENT)
  void misbehavingClientsCauseOneLineInTotal() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender = PackagedSender.start(redis, Map.of(), PackagedCommand.FAST_START)) {
      misbehave(sender.port(), 100);
      until("they are disconnected", () -> metric(sender, "luna_sender_connections") == 0);
      long lines = sender.output().lines().filter(line -> line.contains("too_big")).count();
      assertThat(lines).isBetween(1L, 10L);
      // Written when the interval of the rate limit ends.
      sender.awaitLine("too_big", "suppressed=");
    }
  }

  @Test
  @Execution(CONCURRENT)
  void nodeWithAStalledLogServesAndLaterLogsTheNumberOfDroppedLines() throws Exception {
    // At DEBUG there is at least one line for each of them.
    Map<String, String> settings = Map.of("LUNA_SENDER_LOGGER__LOG_LEVEL", "DEBUG");
    try (TestRedis redis = new TestRedis();
        PackagedSender sender = PackagedSender.startUnread(redis, settings)) {
      String account = Service.account();
      TestSocket socket = TestSocket.open(sender.port(), account, "");
      for (int round = 0; metric(sender, "luna_sender_log_lines_dropped_total") == 0; round++) {
        assertThat(round).as("rounds of 400 clients").isLessThan(60);
        misbehave(sender.port(), 400);
        redis.publish(account, payload(event("event " + round)));
        assertThat(socket.nextEventId()).isEqualTo("event " + round);
        assertThat(sender.status("/livez")).isEqualTo(200);
      }
      String printed = read(sender.process().getInputStream());
      assertThat(printed).contains("Log lines were dropped");
      redis.publish(account, payload(event("the last")));
      assertThat(socket.nextEventId()).isEqualTo("the last");
      sender.process().destroy();
      assertThat(socket.closeCode()).isEqualTo(1001);
    }
  }

  @Test
  @Execution(CONCURRENT)
  void nodeWithAStalledLogStopsOnSigterm() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.startUnread(redis, Map.of("LUNA_SENDER_LOGGER__LOG_LEVEL", "DEBUG"))) {
      misbehave(sender.port(), 400);
      sender.process().destroy();
      assertThat(sender.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Each client sends an oversized message, and is closed with 1009. */
  private static void misbehave(int port, int clients) throws Exception {
    for (int i = 0; i < clients; i++) {
      try (RawSocket client = new RawSocket(port, Service.account())) {
        client.sendFrame(RawSocket.TEXT, true, TOO_LARGE);
        assertThat(client.nextButPing().closeCode()).isEqualTo(1009);
      }
    }
  }

  /** Reads a pipe until the line about dropped lines arrives. */
  private static String read(InputStream pipe) throws Exception {
    StringBuilder printed = new StringBuilder();
    byte[] some = new byte[1 << 16];
    while (printed.indexOf("Log lines were dropped") < 0) {
      int read = pipe.read(some);
      assertThat(read).as("bytes before the end of the pipe").isPositive();
      printed.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
    }
    return printed.toString();
  }

  private static double metric(PackagedSender sender, String name) throws Exception {
    Matcher value = Pattern.compile("(?m)^" + name + " (.*)$").matcher(sender.body("/metrics"));
    assertThat(value.find()).as(name).isTrue();
    return Double.parseDouble(value.group(1));
  }
}
