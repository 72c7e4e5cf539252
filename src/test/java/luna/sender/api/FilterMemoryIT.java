package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Filters must not exhaust the memory of the node. Sends 600 handshakes, each with a URL of 32 kB
 * of unique values, to the packaged jar with a small heap. Without a budget, 306 of them exhausted
 * it.
 */
final class FilterMemoryIT {
  private static final int HANDSHAKES = 600;
  private static final int ACCOUNTS = 8;
  private static final long HEAP_BYTES = 512L << 20;
  private static final Pattern FILTER_BYTES =
      Pattern.compile("(?m)^luna_sender_filter_bytes (.*)$");
  private static final List<String> LISTS =
      List.of(
          "sources",
          "matching_candidates_labels",
          "tags",
          "cities",
          "areas",
          "districts",
          "streets",
          "house_numbers");
  private static final String DIGITS =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private final List<RawHttp> opened = new ArrayList<>();
  private int values;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void nodeRejectsFiltersThatExceedItsMemoryAndServesOthers() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.start(
                redis,
                // These clients answer no pings.
                Map.of("LUNA_SENDER_WS_SETTINGS__PING_INTERVAL", "3600"),
                "-Xmx512m")) {
      String bystander = Service.account();
      TestSocket events = TestSocket.open(sender.port(), bystander, "cities=Moscow");
      List<String> accounts = Stream.generate(Service::account).limit(ACCOUNTS).toList();
      Map<Integer, Integer> statuses = new HashMap<>();
      for (int i = 0; i < HANDSHAKES; i++) {
        int status = ask(sender.port(), accounts.get(i % ACCOUNTS));
        statuses.merge(status, 1, Integer::sum);
        if (i % 50 == 0) {
          assertDelivered(redis, bystander, events, "event " + i);
          assertThat(sender.status("/livez")).isEqualTo(200);
        }
      }
      assertThat(statuses.keySet()).isSubsetOf(101, 429, 503);
      // Many filters fit.
      assertThat(statuses.get(101)).isBetween(100, 400);
      assertThat(filterBytes(sender)).isBetween(HEAP_BYTES / 5.0, HEAP_BYTES / 3.0);
      // On a full node, an account with few filters still gets its share.
      TestSocket late = TestSocket.open(sender.port(), Service.account(), "cities=Moscow");
      assertDelivered(redis, bystander, events, "the last event");
      sender.awaitLine("Limit exceeded");
      assertThat(sender.output()).doesNotContain("OutOfMemoryError");

      opened.forEach(RawHttp::close);
      until("the memory is free", () -> filterBytes(sender) < HEAP_BYTES / 1000);
      opened.clear();
      assertThat(ask(sender.port(), accounts.get(0))).isEqualTo(101);
      late.close();
      events.close();
    } finally {
      opened.forEach(RawHttp::close);
    }
  }

  private int ask(int port, String account) {
    RawHttp connection = RawHttp.connect(port);
    Answer answer = connection.send(get("/2/ws?" + query(), handshake(account))).answer();
    if (answer.status() == 101) {
      opened.add(connection);
    } else {
      assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(6, 10);
      connection.close();
    }
    return answer.status();
  }

  /** Returns about 6,400 values of four characters. */
  private String query() {
    StringBuilder query = new StringBuilder(32_768);
    for (String list : LISTS) {
      query.append(query.isEmpty() ? "" : "&").append(list).append('=');
      for (int i = 0; i < 800; i++) {
        query.append(i == 0 ? "" : ",");
        int rest = values++;
        for (int digit = 0; digit < 4; digit++) {
          query.append(DIGITS.charAt(rest % DIGITS.length()));
          rest /= DIGITS.length();
        }
      }
    }
    return query.toString();
  }

  private static void assertDelivered(
      TestRedis redis, String account, TestSocket socket, String id) {
    redis.publish(account, payload(with(event(id), "location.city", "Moscow")));
    assertThat(socket.nextEventId()).isEqualTo(id);
  }

  private static double filterBytes(PackagedSender sender) throws Exception {
    Matcher bytes = FILTER_BYTES.matcher(sender.body("/metrics"));
    assertThat(bytes.find()).isTrue();
    return Double.parseDouble(bytes.group(1));
  }
}
