package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests a client that does not read, and its neighbours. */
final class SlowClientIT {
  /** More than the socket buffers of this machine accept, which can be 37 MB. */
  private static final int EVENTS = 120;

  private static final String LARGE = "x".repeat(500_000);

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=1000000",
          "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=1");

  private final String account = Service.account();

  @Test
  void slowClientIsClosedWith4008AndTheFastOneGetsEverything() {
    TestSocket slow = service.open(account, "");
    TestSocket fast = service.open(account, "");
    slow.pause();
    for (int i = 0; i < EVENTS; i++) {
      publish("event " + i);
      assertThat(fast.nextEventId()).isEqualTo("event " + i);
      if (dropped() > 0) {
        // The client has one second from here on.
        slow.resume();
      }
    }
    assertThat(dropped()).isPositive();
    assertThat(slow.closeCode()).isEqualTo(4008);
    for (int i = 0; slow.waiting() > 0; i++) {
      assertThat(slow.nextEventId()).isEqualTo("event " + i);
    }
    until("it is counted", () -> service.metric("luna_sender_closes", "reason", "slow") == 1);
    assertThat(fast.isClosed()).isFalse();
  }

  @Test
  void clientThatNeverReadsIsAbortedAfterTheCloseTimeout() {
    TestSocket stuck = service.open(account, "");
    stuck.pause();
    until(
        "it is disconnected",
        () -> {
          publish("an event");
          return service.metric("luna_sender_closes", "reason", "slow") == 1;
        });
    assertThat(service.metric("luna_sender_connections")).isZero();
    assertThat(dropped()).isPositive();
  }

  @Test
  void frameLargerThanTheLimitPassesWhenNothingIsQueued() {
    TestSocket socket = service.open(account, "");
    String huge = "x".repeat(1_010_000);
    service.redis().publish(account, payload(event("huge").put("image", huge)));
    assertThat(socket.nextEventId()).isEqualTo("huge");
  }

  private void publish(String id) {
    service.redis().publish(account, payload(event(id).put("image", LARGE)));
  }

  private double dropped() {
    return service.metric("luna_sender_events_dropped", "reason", "slow");
  }
}
