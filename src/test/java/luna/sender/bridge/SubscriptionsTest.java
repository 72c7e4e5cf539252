package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Gap;
import luna.sender.metrics.Metrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SubscriptionsTest {
  private static final String CHANNEL = "luna-sender:8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";

  private final Metrics metrics = metrics();
  private final Subscriptions subscriptions = new Subscriptions(metrics);

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void lostSubscriptionHasAGapUntilItIsConfirmedAgain() {
    Subscription subscription = lost();
    assertThat(subscriptions.anyGap()).isTrue();
    assertThat(subscriptions.accountsWithGap()).containsExactly(ACCOUNT);
    confirm(subscription);
    assertThat(subscriptions.gap(subscription)).isNotNull();
    subscriptions.endGap(subscription);
    assertThat(subscriptions.anyGap()).isFalse();
  }

  /**
   * The confirmation arrives after the subscription was removed, and must not hide the gap of
   * another one.
   */
  @Test
  void gapOfARemovedSubscriptionIsNotEndedTwice() {
    Subscription givenUp = lost();
    subscriptions.markRequested(givenUp);
    subscriptions.remove(givenUp);
    assertThat(subscriptions.anyGap()).isFalse();
    subscriptions.confirm(givenUp);
    subscriptions.endGap(givenUp);
    lost();
    assertThat(subscriptions.anyGap()).isTrue();
    assertThat(subscriptions.accountsWithGap()).containsExactly(ACCOUNT);
  }

  @Test
  void answersBelongToSubscriptionsInTheOrderOfRequests() {
    Subscription first = subscriptions.getOrCreate("a", "a");
    Subscription second = subscriptions.getOrCreate("b", "b");
    subscriptions.markRequested(first);
    subscriptions.markRequested(second);
    assertThat(subscriptions.takeRequested(asked -> asked.channel.equals("b"))).isSameAs(second);
    assertThat(subscriptions.isAnswered()).isFalse();
    assertThat(subscriptions.takeRequested(asked -> true)).isSameAs(first);
    assertThat(subscriptions.isAnswered()).isTrue();
    assertThat(subscriptions.takeRequested(asked -> true)).isNull();
  }

  private Subscription lost() {
    Subscription subscription = subscriptions.getOrCreate(CHANNEL, ACCOUNT);
    confirm(subscription);
    assertThat(subscriptions.lose(subscription, Gap.Cause.REDIS_LOST, metrics.gaps().clock().now()))
        .isTrue();
    subscription.reset();
    return subscription;
  }

  private void confirm(Subscription subscription) {
    subscriptions.markRequested(subscription);
    subscriptions.takeRequested(asked -> true);
    assertThat(subscriptions.confirm(subscription)).isTrue();
  }

  private static Metrics metrics() {
    Config config = ConfigLoader.load(null, Map.of());
    return new Metrics(config.influx(), config.metrics());
  }
}
