package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import luna.sender.config.WsSettings;
import luna.sender.filter.EventFilter;
import org.junit.jupiter.api.Test;

final class SessionExpiryTest {
  private static final SubscribeOptions TERMS =
      new SubscribeOptions(
          EventFilter.of(new JsonObject()), WsSettings.SlowPolicy.CLOSE, false, false);

  /** What a token says is a date. The clock that measures durations does not see one come. */
  @Test
  void sessionIsOverWhenTheWallClockSaysSoHoweverItCameThere() {
    long until = 1_700_000_000_000L;
    Session session = session(until);
    assertThat(session.isOver(until - 1)).isFalse();
    assertThat(session.isOver(until)).isTrue();
    assertThat(session.isOver(until + 3_600_000)).as("set an hour ahead").isTrue();
    assertThat(session.isOver(until - 3_600_000)).as("set an hour back").isFalse();
  }

  @Test
  void sessionWithoutATokenIsNeverOver() {
    assertThat(session(Upgrade.NEVER).isOver(Long.MAX_VALUE - 1)).isFalse();
  }

  @SuppressWarnings("NullAway") // Only its end is asked for.
  private static Session session(long untilMillis) {
    return new Session(null, null, TERMS, "id", untilMillis, () -> {});
  }
}
