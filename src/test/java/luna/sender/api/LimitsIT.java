package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests which handshakes the limits reject, and how; on two event loops that take turns. */
final class LimitsIT {
  private static final String SECTION = "LUNA_SENDER_LIMITS__";

  private final List<RawHttp> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(RawHttp::close);
  }

  /** Sends a handshake as a proxy forwards it; its connection stays open. */
  private Answer ask(Service service, String account, String client) {
    RawHttp connection = RawHttp.connect(service.port());
    opened.add(connection);
    String[] lines = handshake(account, "X-Forwarded-For: 203.0.113.9, " + client);
    return connection.send(get("/2/ws", lines)).answer();
  }

  private void leave(int index) {
    opened.remove(index).close();
  }

  private static void assertRefused(Answer answer, int status, String detail) {
    assertThat(answer.status()).isEqualTo(status);
    JsonObject error = new JsonObject(answer.text());
    assertThat(error.getInteger("error_code")).isEqualTo(1);
    assertThat(error.getString("desc")).isNotEmpty();
    assertThat(error.getString("detail")).isEqualTo(detail);
    assertThat(answer.header("Luna-Request-Id")).isNotEmpty();
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(6, 10);
  }

  @Nested
  final class Counted {
    @RegisterExtension
    final Service service =
        new Service(
            SECTION + "CONNECTIONS=12",
            SECTION + "CONNECTIONS_PER_ACCOUNT=3",
            SECTION + "CONNECTIONS_PER_ADDRESS=5",
            SECTION + "TRUSTED_PROXIES=127.0.0.0/8",
            "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2");

    @Test
    void connectionsOfAnAccountAreLimitedAcrossAddresses() {
      service.expectWarning("Limit exceeded");
      String account = Service.account();
      for (int i = 1; i <= 3; i++) {
        assertThat(ask(service, account, "192.0.2." + i).status()).isEqualTo(101);
      }
      for (int i = 4; i <= 7; i++) {
        assertRefused(
            ask(service, account.toUpperCase(Locale.ROOT), "192.0.2." + i),
            429,
            "The account has too many connections");
      }
      assertThat(ask(service, Service.account(), "192.0.2.8").status()).isEqualTo(101);
      assertThat(limited("connections_per_account")).isEqualTo(4);
      assertThat(service.metric("luna_sender_handshakes", "outcome", "too_many")).isEqualTo(4);
      leave(0);
      until("the place is free", () -> ask(service, account, "192.0.2.9").status() == 101);
      assertThat(ask(service, account, "192.0.2.10").status()).isEqualTo(429);
    }

    @Test
    void rejectedHandshakeHasNoHeaderThatOnlyA101Has() {
      service.expectWarning("Limit exceeded");
      String account = Service.account();
      String[] lines = handshake(account, "Sec-WebSocket-Protocol: " + Credentials.PROTOCOL);
      String request = get("/2/ws?unknown=1", lines);
      for (int i = 1; i <= 3; i++) {
        RawHttp connection = RawHttp.connect(service.port());
        opened.add(connection);
        Answer accepted = connection.send(request).answer();
        assertThat(accepted.status()).isEqualTo(101);
        assertThat(accepted.header("Luna-Ignored-Parameters")).isEqualTo("unknown");
        assertThat(accepted.header("Sec-WebSocket-Protocol")).isEqualTo(Credentials.PROTOCOL);
      }
      Answer rejected = RawHttp.exchange(service.port(), request);
      assertThat(rejected.status()).isEqualTo(429);
      assertThat(rejected.header("Luna-Ignored-Parameters")).isEmpty();
      assertThat(rejected.header("Sec-WebSocket-Protocol")).isEmpty();
    }

    @Test
    void connectionsOfAnAddressAreLimitedAcrossAccounts() {
      service.expectWarning("Limit exceeded");
      for (int i = 0; i < 5; i++) {
        assertThat(ask(service, Service.account(), "2001:db8::" + i).status()).isEqualTo(101);
      }
      assertRefused(
          ask(service, Service.account(), "2001:db8:0:0:ffff::1"),
          429,
          "The address has too many connections");
      assertThat(limited("connections_per_address")).isEqualTo(1);
      assertThat(ask(service, Service.account(), "2001:db8:0:1::1").status()).isEqualTo(101);
      leave(0);
      until(
          "the place is free",
          () -> ask(service, Service.account(), "2001:db8::1").status() == 101);
    }

    @Test
    void fullNodeRejectsHandshakesAndAnswersOtherRequests() {
      service.expectWarning("Limit exceeded");
      for (int i = 0; i < 12; i++) {
        assertThat(ask(service, Service.account(), "192.0.2." + i).status()).isEqualTo(101);
      }
      for (int i = 0; i < 4; i++) {
        assertRefused(
            ask(service, Service.account(), "198.51.100." + i), 503, "Connection limit reached");
      }
      assertThat(limited("connections")).isEqualTo(4);
      assertThat(service.metric("luna_sender_handshakes", "outcome", "full")).isEqualTo(4);
      assertThat(service.metric("luna_sender_connections")).isEqualTo(12);
      assertThat(RawHttp.exchange(service.port(), get("/readyz")).status()).isEqualTo(200);
      leave(0);
      until(
          "the place is free",
          () -> ask(service, Service.account(), "198.51.100.9").status() == 101);
    }

    @Test
    void retryAfterIsSpreadOverSeveralSeconds() {
      service.expectWarning("Limit exceeded");
      long start = System.nanoTime();
      String account = Service.account();
      Set<String> waits = new HashSet<>();
      for (int i = 0; i < 53; i++) {
        Answer answer = ask(service, account, "192.0.2." + i);
        if (i >= 3) {
          assertRefused(answer, 429, "The account has too many connections");
          waits.add(answer.header("Retry-After"));
        }
      }
      assertThat(waits).hasSizeGreaterThan(2);
      assertThat(service.warnings("Limit exceeded")).hasSizeBetween(1, TestLog.linesSince(start));
    }

    @Test
    void failedHandshakeReleasesItsPlace() {
      service.expectWarning("Redis");
      String account = Service.account();
      service.redis().kill();
      until("Redis is unavailable", () -> service.metric("luna_sender_redis_connected") == 0);
      for (int i = 0; i < 8; i++) {
        Answer answer = ask(service, account, "192.0.2.1");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.text()).contains("Redis is unavailable");
      }
      service.redis().restart();
      service.awaitRedis();
      for (int i = 0; i < 3; i++) {
        assertThat(ask(service, account, "192.0.2.1").status()).isEqualTo(101);
      }
    }

    private double limited(String limit) {
      return service.metric("luna_sender_limited", "limit", limit);
    }
  }

  @Nested
  final class WithoutAProxy {
    @RegisterExtension final Service service = new Service(SECTION + "CONNECTIONS_PER_ADDRESS=2");

    @Test
    void proxyHeaderOfAnUntrustedPeerIsIgnored() {
      service.expectWarning("Limit exceeded");
      assertThat(ask(service, Service.account(), "192.0.2.1").status()).isEqualTo(101);
      assertThat(ask(service, Service.account(), "192.0.2.2").status()).isEqualTo(101);
      assertThat(ask(service, Service.account(), "192.0.2.3").status()).isEqualTo(429);
    }
  }

  @Nested
  final class Fast {
    @RegisterExtension
    final Service service =
        new Service(
            SECTION + "HANDSHAKES_PER_SECOND=1",
            SECTION + "HANDSHAKES_BURST=5",
            SECTION + "TRUSTED_PROXIES=127.0.0.1");

    @Test
    void addressAboveTheRateIsAdmittedAfterRetryAfter() {
      service.expectWarning("Limit exceeded");
      long start = System.nanoTime();
      int accepted = 0;
      Answer answer = ask(service, Service.account(), "192.0.2.1");
      while (answer.status() == 101 && accepted < 100) {
        accepted++;
        answer = ask(service, Service.account(), "192.0.2.1");
      }
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      assertThat(accepted).isBetween(5, 6 + (int) seconds);
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.text()).contains("Too many handshakes from this address");
      // The rest of the second, and 1 to 5 more at random.
      assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(2, 6);
      assertThat(ask(service, Service.account(), "192.0.2.2").status()).isEqualTo(101);
      until(
          "it is allowed again",
          () -> ask(service, Service.account(), "192.0.2.1").status() == 101);
      assertThat(service.metric("luna_sender_limited", "limit", "handshakes_per_second"))
          .isPositive();
    }

    @Test
    void invalidHandshakesCountAgainstTheRateAndOtherOperationsDoNot() {
      service.expectWarning("Limit exceeded");
      String wrong = get("/2/ws?gender=7", handshake("42", "X-Forwarded-For: 192.0.2.1"));
      until(
          "it is refused for its rate",
          () -> {
            int status = RawHttp.exchange(service.port(), wrong).status();
            assertThat(status).isIn(400, 429);
            return status == 429;
          });
      for (int i = 0; i < 20; i++) {
        String other = get("/version", "X-Forwarded-For: 192.0.2.1");
        assertThat(RawHttp.exchange(service.port(), other).status()).isEqualTo(200);
      }
    }
  }

  @Nested
  final class Filtered {
    @RegisterExtension
    final Service service =
        new Service(
            SECTION + "FILTER_VALUES_PER_CONNECTION=20",
            SECTION + "FILTER_BYTES_PER_ACCOUNT=40000");

    @Test
    void filterWithTooManyValuesIsRejected() {
      service.expectWarning("Limit exceeded");
      String account = Service.account();
      assertThat(filtered(account, "sources=" + values(10) + "&tags=" + values(10)).status())
          .isEqualTo(101);
      Answer answer = filtered(account, "sources=" + values(10) + "&tags=" + values(11));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("Retry-After")).isEmpty();
      assertThat(new JsonObject(answer.text()).getInteger("error_code")).isEqualTo(12012);
      assertThat(limited("filter_values_per_connection")).isEqualTo(1);
    }

    @Test
    void filtersOfAnAccountAreLimitedByMemory() {
      service.expectWarning("Limit exceeded");
      String account = Service.account();
      int accepted = 0;
      Answer answer = filtered(account, "cities=0");
      while (answer.status() == 101 && accepted < 1000) {
        accepted++;
        answer = filtered(account, "cities=" + accepted);
      }
      assertThat(accepted).isBetween(10, 200);
      assertRefused(answer, 429, "The filters of this account use too much memory");
      assertThat(limited("filter_bytes_per_account")).isEqualTo(1);
      assertThat(service.metric("luna_sender_filter_bytes")).isBetween(30_000.0, 40_000.0);
      // At least one of the two event loops has an equal filter, so the filter needs no more memory
      // there.
      assertThat(Stream.of(1, 2).map(i -> filtered(account, "cities=1").status()))
          .anyMatch(status -> status == 101);
      assertThat(filtered(Service.account(), "cities=1").status()).isEqualTo(101);
      opened.forEach(RawHttp::close);
      until("the memory is free", () -> service.metric("luna_sender_filter_bytes") == 0);
      assertThat(filtered(account, "cities=" + accepted).status()).isEqualTo(101);
    }

    /** This includes handshakes that wait for Redis. */
    @Test
    void failedHandshakeReleasesTheMemoryOfItsFilter() {
      service.expectWarning("Redis");
      service.redis().kill();
      until("Redis is unavailable", () -> service.metric("luna_sender_redis_connected") == 0);
      for (int i = 0; i < 40; i++) {
        assertThat(filtered(Service.account(), "cities=" + i).status()).isEqualTo(503);
      }
      assertThat(service.metric("luna_sender_filter_bytes")).isZero();
    }

    private Answer filtered(String account, String query) {
      RawHttp connection = RawHttp.connect(service.port());
      opened.add(connection);
      return connection.send(get("/2/ws?" + query, handshake(account))).answer();
    }

    private String values(int count) {
      return IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private double limited(String limit) {
      return service.metric("luna_sender_limited", "limit", limit);
    }
  }

  @Nested
  final class Crowded {
    @RegisterExtension
    final Service service =
        new Service(
            SECTION + "HTTP_CONNECTIONS=6", "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=60");

    /** Idle connections must not use up places that active clients need. */
    @Test
    void idleConnectionsAreClosedForNewOnesAndWebSocketsStay() {
      service.expectWarning("Limit exceeded");
      String account = Service.account();
      RawHttp socket = RawHttp.connect(service.port());
      opened.add(socket);
      assertThat(socket.send(get("/2/ws", handshake(account))).answer().status()).isEqualTo(101);
      RawHttp oldest = RawHttp.connect(service.port());
      opened.add(oldest);
      for (int i = 0; i < 40; i++) {
        opened.add(RawHttp.connect(service.port()));
        if (i % 10 == 9) {
          Answer answer = RawHttp.exchange(service.port(), get("/version"));
          assertThat(answer.status()).isEqualTo(200);
          assertThat(ask(service, account, "192.0.2.1").status()).isEqualTo(101);
        }
      }
      assertThat(oldest.cut()).isLessThan(PATIENCE);
      until("few are left", () -> service.metric("luna_sender_http_connections") <= 6);
      assertThat(service.metric("luna_sender_limited", "limit", "http_connections"))
          .isGreaterThanOrEqualTo(34);
      service.redis().publish(account, payload(event("still here")));
      assertThat(new JsonObject(socket.textFrame()).getJsonObject("event").getString("event_id"))
          .isEqualTo("still here");
    }
  }

  @Nested
  final class Dry {
    @RegisterExtension
    final Service service =
        new Service(
            SECTION + "DRY_RUN=1",
            SECTION + "CONNECTIONS=2",
            SECTION + "HTTP_CONNECTIONS=1",
            SECTION + "CONNECTIONS_PER_ACCOUNT=1",
            SECTION + "CONNECTIONS_PER_ADDRESS=1",
            SECTION + "HANDSHAKES_PER_SECOND=1",
            SECTION + "HANDSHAKES_BURST=1");

    @Test
    void dryRunCountsAndAdmits() {
      service.expectWarning("Limit exceeded (dry run, not enforced)");
      String account = Service.account();
      RawHttp idle = RawHttp.connect(service.port());
      opened.add(idle);
      long start = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        assertThat(ask(service, account, "192.0.2.1").status()).isEqualTo(101);
      }
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      assertThat(limited("connections")).isEqualTo(18);
      assertThat(limited("connections_per_account")).isEqualTo(19);
      assertThat(limited("connections_per_address")).isEqualTo(19);
      assertThat(limited("handshakes_per_second")).isBetween(17.0 - seconds, 19.0);
      assertThat(limited("http_connections")).isPositive();
      assertThat(idle.send(get("/version")).answer().status()).isEqualTo(200);
      assertThat(service.warnings("dry run")).isNotEmpty();
    }

    private double limited(String limit) {
      return service.metric("luna_sender_limited", "limit", limit);
    }
  }
}
