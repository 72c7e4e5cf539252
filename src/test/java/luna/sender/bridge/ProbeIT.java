package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.http.UpgradeRejectedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the probe of a busy subscriber connection. */
final class ProbeIT {
  @RegisterExtension
  final Service service =
      new Service("REDIS_DB_ADDRESS__PROBE_INTERVAL=0.01", "REDIS_DB_ADDRESS__PROBE_TIMEOUT=2");

  /** The Redis client loses a pending PING when a push arrives. */
  @Test
  void busySubscriptionStaysOpen() {
    String account = Service.account();
    TestSocket socket = service.open(account, "");
    long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    int published = 0;
    while (System.nanoTime() < end) {
      service.redis().publish(account, payload(event("event " + published)));
      assertThat(socket.nextEventId()).isEqualTo("event " + published++);
    }
    assertThat(service.metric("luna_sender_gaps")).isZero();
  }

  /**
   * The error of a SUBSCRIBE can arrive as the answer to a PING, and must not fail another
   * handshake.
   */
  @Test
  void refusalAmongProbesFailsTheRightHandshake() {
    service.expectWarning("Redis rejected");
    Set<String> allowed = accounts(300);
    List<String> rights = new ArrayList<>(List.of("SETUSER", "default", "resetchannels"));
    // Redis disconnects a subscriber of a channel that is forbidden from now on.
    rights.add("&luna-sender.canary.*");
    allowed.forEach(account -> rights.add("&luna-sender:" + account));
    service.redis().command("ACL", rights.toArray(String[]::new));
    List<String> mixed = new ArrayList<>(allowed);
    mixed.addAll(accounts(300));
    Collections.shuffle(mixed, new Random(1));
    List<Future<TestSocket>> handshakes = new ArrayList<>();
    for (String account : mixed) {
      handshakes.add(TestSocket.opening(service.port(), account, ""));
    }
    for (int i = 0; i < mixed.size(); i++) {
      if (allowed.contains(mixed.get(i))) {
        TestSocket socket = await(handshakes.get(i));
        service.redis().publish(mixed.get(i), payload(event("event " + i)));
        assertThat(socket.nextEventId()).isEqualTo("event " + i);
      } else {
        Future<TestSocket> forbidden = handshakes.get(i);
        assertThatThrownBy(() -> await(forbidden))
            .isInstanceOfSatisfying(
                UpgradeRejectedException.class,
                refusal -> assertThat(refusal.getStatus()).isEqualTo(503));
      }
    }
  }

  private static Set<String> accounts(int count) {
    return Stream.generate(Service::account).limit(count).collect(Collectors.toSet());
  }
}
