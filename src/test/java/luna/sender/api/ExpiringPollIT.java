package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A long poll with a token that expires. */
final class ExpiringPollIT {
  private static final String SECRET = "a secret of thirty-two bytes or so";

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HISTORY__MODE=redis",
          "LUNA_SENDER_HISTORY__RECORD=0",
          "LUNA_SENDER_AUTH__MODE=jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS=HS256",
          "LUNA_SENDER_AUTH__SECRET=" + SECRET,
          "LUNA_SENDER_AUTH__LEEWAY=0",
          "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
          "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE);

  private final String account = Service.account();

  @Test
  void longPollEndsWhenItsTokenExpires() {
    String expiring = TestToken.of(account).claim("exp", TestToken.seconds(5)).hs256(SECRET);
    long start = System.nanoTime();
    Answer answer =
        RawHttp.exchange(
            service.port(),
            get(
                "/2/events?wait=30",
                "Luna-Account-Id: " + account,
                "Authorization: Bearer " + expiring));
    assertThat(answer.status()).isEqualTo(200);
    JsonObject page = new JsonObject(answer.text());
    assertThat(page.getJsonArray("events")).isEmpty();
    assertThat(page.getString("position")).isNotEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }
}
