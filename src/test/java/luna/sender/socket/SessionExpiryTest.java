package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import luna.sender.config.WsSettings;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;

final class SessionExpiryTest {
  private static final SubscribeOptions TERMS =
      new SubscribeOptions(
          TestContract.FILTERS.filter(new JsonObject()),
          WsSettings.SlowPolicy.CLOSE,
          false,
          false,
          false,
          Start.LIVE);

  /** A token's expiry is a date, so the monotonic clock must not be used. */
  @Test
  void sessionExpiresByTheWallClockEvenIfItIsSet() {
    long until = 1_700_000_000_000L;
    Session session = session(until);
    assertThat(session.isExpired(until - 1)).isFalse();
    assertThat(session.isExpired(until)).isTrue();
    assertThat(session.isExpired(until + 3_600_000)).as("set an hour ahead").isTrue();
    assertThat(session.isExpired(until - 3_600_000)).as("set an hour back").isFalse();
  }

  @Test
  void sessionWithoutATokenNeverExpires() {
    assertThat(session(SessionOpener.NEVER).isExpired(Long.MAX_VALUE - 1)).isFalse();
  }

  @SuppressWarnings("NullAway") // The test only uses the expiry.
  private static Session session(long expiresMillis) {
    return new Session(null, null, TERMS, "id", null, expiresMillis, () -> {});
  }
}
