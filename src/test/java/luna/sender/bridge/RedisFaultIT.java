package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests failures of Redis, and the recovery from them. */
final class RedisFaultIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "REDIS_DB_ADDRESS__PROBE_INTERVAL=0.3",
          "REDIS_DB_ADDRESS__PROBE_TIMEOUT=2",
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=0.5");

  private final String account = Service.account();

  @Test
  void restartedRedisIsResubscribedWhileSocketsStayOpen() {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    TestSocket socket = service.open(account, "");
    service.redis().publish(account, payload(event("before")));
    assertThat(socket.nextEventId()).isEqualTo("before");
    service.redis().kill();
    until("the loss is noticed", () -> service.metric("luna_sender_redis_connected") == 0);
    refusedWith503();
    service.redis().restart();
    until(
        "the account is subscribed again",
        () -> service.redis().publish(account, payload(event("after"))) == 1);
    assertThat(socket.nextEventId()).isEqualTo("after");
    service.awaitWarning("Gap closed", "accounts=\"1\"");
    assertThat(service.metric("luna_sender_gaps")).isEqualTo(1);
    assertThat(socket.isClosed()).isFalse();
    assertThat(service.open(Service.account(), "").isClosed()).isFalse();
  }

  @Test
  void hangingRedisIsDetectedByTheProbe() throws Exception {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    TestSocket socket = service.open(account, "");
    signal("STOP");
    try {
      until("the loss is noticed", () -> service.metric("luna_sender_redis_connected") == 0);
      refusedWith503();
    } finally {
      signal("CONT");
    }
    until(
        "the account is subscribed again",
        () -> service.redis().publish(account, payload(event("after"))) == 1);
    assertThat(socket.nextEventId()).isEqualTo("after");
  }

  @Test
  void subscriberDisconnectedByRedisReconnects() {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Gap closed");
    TestSocket socket = service.open(account, "");
    service.redis().command("CLIENT", "KILL", "TYPE", "pubsub");
    until("the gap is counted", () -> service.metric("luna_sender_gaps") == 1);
    service.redis().publish(account, payload(event("after")));
    assertThat(socket.nextEventId()).isEqualTo("after");
  }

  @Test
  void onlyTheAccountForbiddenByTheAclIsRefused() {
    service.expectWarning("Redis rejected the subscription");
    String forbidden = Service.account();
    TestSocket before = service.open(account, "");
    // Redis disconnects a subscriber of a channel that is forbidden from now on.
    service
        .redis()
        .command(
            "ACL",
            "SETUSER",
            "default",
            "resetchannels",
            "&luna-sender.canary.*",
            "&luna-sender:" + account);
    UpgradeRejectedException refusal =
        TestSocket.refused(service.port(), "/2/ws", Map.of("Luna-Account-Id", forbidden));
    assertThat(refusal.getStatus()).isEqualTo(503);
    assertThat(new JsonObject(refusal.getBody()).getString("detail"))
        .isEqualTo("Redis rejected the subscription");
    service.redis().publish(account, payload(event("theirs")));
    assertThat(before.nextEventId()).isEqualTo("theirs");
    assertThat(service.metric("luna_sender_gaps")).isZero();
  }

  /** The hubs that use the account stay registered while it is refused. */
  @Test
  void earlierClientIsServedAfterARefusalEnds() {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Redis rejected a command");
    service.expectWarning("Redis rejected the subscription");
    service.expectWarning("Gap closed");
    TestSocket old = service.open(account, "");
    service.redis().command("ACL", "SETUSER", "default", "resetchannels");
    service.redis().command("CLIENT", "KILL", "TYPE", "pubsub");
    until("the account is refused", () -> service.metric("luna_sender_gaps") == 1);
    service.redis().command("ACL", "SETUSER", "default", "allchannels");
    // One after the other, because they are assigned to the two event loops in turn.
    for (int i = 0; i < 2; i++) {
      try (TestSocket other = service.open(account, "")) {
        service.redis().publish(account, payload(event("allowed again")));
        assertThat(other.nextEventId()).isEqualTo("allowed again");
        assertThat(old.nextEventId()).isEqualTo("allowed again");
      }
      until("the other has left", () -> service.metric("luna_sender_connections") == 1);
      await()
          .during(Duration.ofSeconds(1))
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(subscribers(service)).isEqualTo(1));
    }
    service.redis().publish(account, payload(event("still there")));
    assertThat(old.nextEventId()).isEqualTo("still there");
  }

  /** Long enough that a slow machine reconnects and counts in time. */
  @Nested
  final class WithALongLinger {
    @RegisterExtension
    final Service lingering = Service.shared("LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=5");

    @Test
    void accountIsUnsubscribedAfterTheLingerTime() {
      lingering.open(account, "").close();
      until("the client has left", () -> lingering.metric("luna_sender_connections") == 0);
      assertThat(subscribers(lingering)).isEqualTo(1);
      until("the account is unsubscribed", () -> subscribers(lingering) == 0);
      TestSocket again = lingering.open(account, "");
      assertThat(lingering.redis().publish(account, payload(event("again")))).isEqualTo(1);
      assertThat(again.nextEventId()).isEqualTo("again");
    }

    @Test
    void reconnectWithinTheLingerTimeCostsRedisNothing() {
      lingering.open(account, "").close();
      // Several times, because the check channel is subscribed every five seconds.
      until(
          "a client reconnects without a SUBSCRIBE",
          () -> {
            until("the client has left", () -> lingering.metric("luna_sender_connections") == 0);
            long calls = subscribeCalls(lingering);
            lingering.open(account, "").close();
            return subscribeCalls(lingering) == calls;
          });
    }
  }

  private void refusedWith503() {
    UpgradeRejectedException refusal =
        TestSocket.refused(service.port(), "/2/ws", Map.of("Luna-Account-Id", account));
    assertThat(refusal.getStatus()).isEqualTo(503);
    assertThat(Integer.parseInt(refusal.getHeaders().get("Retry-After"))).isBetween(1, 5);
  }

  private int subscribers(Service at) {
    return at.redis().command("PUBSUB", "NUMSUB", "luna-sender:" + account).get(1).toInteger();
  }

  private static long subscribeCalls(Service at) {
    String stats = at.redis().command("INFO", "commandstats").toString();
    return stats.lines().filter(line -> line.startsWith("cmdstat_subscribe:")).count() == 0
        ? 0
        : Long.parseLong(stats.replaceAll("(?s).*cmdstat_subscribe:calls=([0-9]+).*", "$1"));
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(service.redis().pid())).start().waitFor();
  }
}
