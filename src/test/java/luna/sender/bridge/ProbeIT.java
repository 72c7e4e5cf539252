package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The probe of the subscribing connection, when the connection is anything but quiet. */
final class ProbeIT {
  @RegisterExtension
  final Service service =
      new Service("REDIS_DB_ADDRESS__PROBE_INTERVAL=0.02", "REDIS_DB_ADDRESS__PROBE_TIMEOUT=1");

  /** A push that comes while a PING waits makes the Redis client forget the PING. */
  @Test
  void busySubscriptionIsNotTakenForADeadOne() {
    String account = Service.account();
    TestSocket socket = service.open(account, "");
    long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    int published = 0;
    while (System.nanoTime() < end) {
      service.redis().publish(account, payload(event("event " + published)));
      assertThat(socket.nextEventId()).isEqualTo("event " + published++);
    }
    assertThat(service.metric("luna_sender_gaps")).isZero();
  }
}
