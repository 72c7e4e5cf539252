package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import luna.sender.event.BusAddresses;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests several connections to Redis that share the accounts. */
final class BridgesIT {
  private static final int BRIDGES = 3;

  @RegisterExtension
  final Service service =
      Service.shared(
          "REDIS_DB_ADDRESS__BRIDGES=" + BRIDGES,
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=0");

  @Test
  void eachAccountUsesOneConnection() {
    Map<String, TestSocket> sockets = openAccounts(60);
    assertThat(service.metric("luna_sender_subscriptions")).isEqualTo(60);
    deliverToEach(sockets, "an event");
  }

  @Test
  void accountsOfAllConnectionsAreResubscribedAfterARestart() {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    Map<String, TestSocket> sockets = openAccounts(60);
    service.redis().kill();
    until(
        "the loss is noticed",
        () ->
            service.metric("luna_sender_redis_connected") == 0
                && service.metric("luna_sender_subscriptions") == 0);
    service.redis().restart();
    until("all are subscribed again", () -> service.metric("luna_sender_subscriptions") == 60);
    deliverToEach(sockets, "after");
    until("the gaps are closed", () -> service.metric("luna_sender_gaps") == BRIDGES);
  }

  private Map<String, TestSocket> openAccounts(int count) {
    Map<String, TestSocket> sockets = new HashMap<>();
    Set<Integer> bridges = new HashSet<>();
    for (int i = 0; i < count; i++) {
      String account = Service.account();
      bridges.add(BusAddresses.bridgeOf(account, BRIDGES));
      sockets.put(account, service.open(account, ""));
    }
    assertThat(bridges).hasSize(BRIDGES);
    return sockets;
  }

  private void deliverToEach(Map<String, TestSocket> sockets, String id) {
    sockets.forEach(
        (account, socket) -> {
          assertThat(service.redis().publish(account, payload(event(id)))).isEqualTo(1);
          assertThat(socket.nextEventId()).isEqualTo(id);
          assertThat(socket.waiting()).isZero();
        });
  }
}
