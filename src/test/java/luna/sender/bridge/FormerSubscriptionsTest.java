package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FormerSubscriptionsTest {
  private final FormerSubscriptions subscriptions = new FormerSubscriptions("127.0.0.1:6379");

  @Test
  void channelConfirmedFirstByTheFormerMasterIsNotMissing() {
    subscriptions.requested("a");
    assertThat(subscriptions.confirmed("a")).isFalse();
    subscriptions.confirmedByNewMaster("a");
    assertThat(subscriptions.anyMissing()).isFalse();
  }

  @Test
  void channelSubscribedBeforeTheFailoverIsNotMissing() {
    subscriptions.confirmedByNewMaster("a");
    assertThat(subscriptions.anyMissing()).isFalse();
  }

  @Test
  void channelsAreMissingUntilTheFormerMasterConfirmsTheLast() {
    subscriptions.requested("a");
    subscriptions.requested("b");
    subscriptions.confirmedByNewMaster("a");
    subscriptions.confirmedByNewMaster("b");
    assertThat(subscriptions.confirmed("a")).isFalse();
    assertThat(subscriptions.anyMissing()).isTrue();
    assertThat(subscriptions.confirmed("b")).isTrue();
    assertThat(subscriptions.anyMissing()).isFalse();
  }

  @Test
  void missingChannelIsRequestedOnceASecond() {
    subscriptions.requested("a");
    long now = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    assertThat(subscriptions.takeDue(now)).isEmpty();
    subscriptions.confirmedByNewMaster("a");
    assertThat(subscriptions.takeDue(now)).containsExactly("a");
    assertThat(subscriptions.takeDue(now + Duration.ofMillis(999).toNanos())).isEmpty();
    assertThat(subscriptions.takeDue(now + Duration.ofSeconds(1).toNanos())).containsExactly("a");
  }
}
