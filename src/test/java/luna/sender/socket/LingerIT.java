package luna.sender.socket;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Accounts stay subscribed for a while after their last client left, but not any number of them.
 */
final class LingerIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=3600");

  @Test
  void noMoreThanAThousandAccountsWithoutAClientStaySubscribed() {
    String first = Service.account();
    visit(first);
    for (int i = 0; i < 1100; i++) {
      visit(Service.account());
    }
    until(
        "all have left and a thousand are kept",
        () ->
            service.metric("luna_sender_connections") == 0
                && service.metric("luna_sender_subscriptions") == 1000);
    // One that comes back makes room for another.
    try (RawHttp again = RawHttp.connect(service.port())) {
      again.send(RawHttp.get("/2/ws", RawHttp.handshake(first)));
      assertThat(again.answer().status()).isEqualTo(101);
      visit(Service.account());
      until("they left", () -> service.metric("luna_sender_connections") == 1);
      assertThat(service.metric("luna_sender_subscriptions")).isEqualTo(1001);
    }
  }

  private void visit(String account) {
    String handshake = RawHttp.get("/2/ws", RawHttp.handshake(account));
    assertThat(RawHttp.exchange(service.port(), handshake).status()).isEqualTo(101);
  }
}
