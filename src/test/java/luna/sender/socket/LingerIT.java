package luna.sender.socket;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests that accounts stay subscribed for a while after their last client has disconnected, up to a
 * limit.
 */
final class LingerIT {
  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=3600");

  @Test
  void atMostAThousandAccountsWithoutAClientStaySubscribed() {
    String first = Service.account();
    visit(first);
    for (int i = 0; i < 1100; i++) {
      visit(Service.account());
    }
    until(
        "all are disconnected and 1,000 accounts stay subscribed",
        () ->
            service.metric("luna_sender_connections") == 0
                && service.metric("luna_sender_subscriptions") == 1000);
    // An account with a client again frees a place for another one.
    try (RawHttp again = RawHttp.connect(service.port())) {
      again.send(RawHttp.get("/2/ws", RawHttp.handshake(first)));
      assertThat(again.answer().status()).isEqualTo(101);
      visit(Service.account());
      until(
          "they are disconnected, and one account is unsubscribed",
          () ->
              service.metric("luna_sender_connections") == 1
                  && service.metric("luna_sender_subscriptions") == 1001);
    }
  }

  private void visit(String account) {
    String handshake = RawHttp.get("/2/ws", RawHttp.handshake(account));
    assertThat(RawHttp.exchange(service.port(), handshake).status()).isEqualTo(101);
  }
}
