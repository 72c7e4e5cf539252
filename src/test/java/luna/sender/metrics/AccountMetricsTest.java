package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class AccountMetricsTest {
  private final AccountMetrics accounts = new AccountMetrics(2, null);

  @Test
  void countersBalanceOnlyWhenEveryPairIsCounted() {
    AccountCounters counters = accounts.acquire("a");
    counters.received(10);
    counters.matched(4);
    counters.unmatched(6);
    counters.delivered(3, 0, 0);
    assertThat(counters.sums().balance()).isFalse();
    counters.dropped("slow", 1);
    assertThat(counters.sums().balance()).isTrue();
    counters.received(1);
    assertThat(counters.sums().balance()).isFalse();
  }

  @Test
  void twoHubsShareTheCountersOfAnAccount() {
    AccountCounters one = accounts.acquire("a");
    assertThat(accounts.acquire("a")).isSameAs(one);
    accounts.events("a", 3);
    accounts.release(one);
    accounts.release(one);
    assertThat(accounts.acquire("a")).isSameAs(one);
    assertThat(one.sums().events()).isEqualTo(3);
  }

  @Test
  void gapsAndEventsOfUnknownAccountsAreNotCounted() {
    AccountCounters counters = accounts.acquire("a");
    accounts.gap("a");
    accounts.gap("b");
    accounts.events("b", 3);
    assertThat(counters.sums().gaps()).isEqualTo(1);
    assertThat(accounts.sums("b")).isNull();
    assertThat(accounts.eventsPerSecond("b")).isZero();
  }

  @Test
  void rateIsOfTheEventsThatHaveArrived() {
    accounts.acquire("a");
    accounts.acquire("b");
    assertThat(accounts.eventsPerSecond("a")).isZero();
    accounts.events("a", 1_000_000);
    assertThat(accounts.eventsPerSecond("a")).isPositive();
    assertThat(accounts.eventsPerSecond("b")).isZero();
    accounts.sampleRates();
    accounts.sampleRates();
    assertThat(accounts.eventsPerSecond("a")).isZero();
  }

  @Test
  void countersOfUnusedAccountsAreEvicted() {
    AccountCounters used = accounts.acquire("used");
    for (int i = 0; i < 1500; i++) {
      accounts.release(accounts.acquire("account " + i));
    }
    assertThat(accounts.sums()).hasSize(1001);
    assertThat(accounts.sums())
        .extracting(AccountCounters.Sums::account)
        .contains("used", "account 1499");
    assertThat(accounts.acquire("used")).isSameAs(used);
  }

  @Test
  void returningAccountKeepsItsCounters() {
    AccountCounters again = accounts.acquire("again");
    accounts.release(again);
    accounts.acquire("again");
    for (int i = 0; i < 1500; i++) {
      accounts.release(accounts.acquire("account " + i));
    }
    assertThat(accounts.acquire("again")).isSameAs(again);
  }

  @Test
  void firstAccountsHaveTheirOwnSeriesAndOthersShareOne() {
    accounts.acquire("a").delivered(1, 0, 0);
    accounts.acquire("b").delivered(2, 0, 0);
    accounts.acquire("c").delivered(4, 0, 0);
    AccountCounters d = accounts.acquire("d");
    d.delivered(8, 0, 0);
    d.dropped("slow", 16);
    assertThat(series("luna_sender_account_events", "of", "delivered"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", 1.0, "b", 2.0, "other", 12.0));
    assertThat(series("luna_sender_account_dropped", "reason", "slow"))
        .containsExactlyEntriesOf(Map.of("other", 16.0));
  }

  @Test
  void noSeriesOfOthersWithinTheLimit() {
    accounts.acquire("a");
    accounts.acquire("b");
    assertThat(series("luna_sender_account_events", "of", "delivered")).containsOnlyKeys("a", "b");
  }

  @Test
  void countOfTheOthersNeverDecreases() {
    accounts.acquire("a");
    accounts.acquire("b");
    for (int i = 0; i < 1500; i++) {
      AccountCounters counters = accounts.acquire("account " + i);
      counters.delivered(1, 0, 0);
      accounts.release(counters);
      if (i % 100 == 0) {
        assertThat(series("luna_sender_account_events", "of", "delivered"))
            .containsEntry("other", i + 1.0);
      }
    }
    assertThat(accounts.sums()).hasSize(1002);
  }

  @Test
  void freePlaceGoesToTheNextNewAccount() {
    AccountCounters first = accounts.acquire("first");
    accounts.acquire("second");
    AccountCounters third = accounts.acquire("third");
    third.delivered(1, 0, 0);
    accounts.release(first);
    for (int i = 0; i < 1000; i++) {
      accounts.release(accounts.acquire("account " + i));
    }
    assertThat(accounts.sums()).extracting(AccountCounters.Sums::account).doesNotContain("first");
    accounts.acquire("new").delivered(2, 0, 0);
    assertThat(series("luna_sender_account_events", "of", "delivered"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("second", 0.0, "other", 1.0, "new", 2.0));
  }

  private Map<String, Double> series(String name, String label, String value) {
    return accounts.collect().stream()
        .filter(snapshot -> snapshot.getMetadata().getName().equals(name))
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .filter(point -> value.equals(point.getLabels().get(label)))
        .collect(
            Collectors.toMap(
                point -> point.getLabels().get("account"),
                point -> ((CounterDataPointSnapshot) point).getValue()));
  }
}
