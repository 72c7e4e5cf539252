package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class AccountMetricsTest {
  private final AccountMetrics books = new AccountMetrics(2, null);

  @Test
  void countersBalanceOnlyWhenEveryPairIsCounted() {
    AccountCounters book = books.acquire("a");
    book.received(10);
    book.matched(4);
    book.unmatched(6);
    book.delivered(3, 0, 0);
    assertThat(book.sums().balance()).isFalse();
    book.dropped("slow", 1);
    assertThat(book.sums().balance()).isTrue();
    book.received(1);
    assertThat(book.sums().balance()).isFalse();
  }

  @Test
  void twoHubsShareTheCountersOfAnAccount() {
    AccountCounters one = books.acquire("a");
    assertThat(books.acquire("a")).isSameAs(one);
    books.events("a", 3);
    books.release(one);
    books.release(one);
    assertThat(books.acquire("a")).isSameAs(one);
    assertThat(one.sums().events()).isEqualTo(3);
  }

  @Test
  void countersOfUnusedAccountsAreEvicted() {
    AccountCounters used = books.acquire("used");
    for (int i = 0; i < 1500; i++) {
      books.release(books.acquire("account " + i));
    }
    assertThat(books.sums()).hasSize(1001);
    assertThat(books.sums())
        .extracting(AccountCounters.Sums::account)
        .contains("used", "account 1499");
    assertThat(books.acquire("used")).isSameAs(used);
  }

  @Test
  void returningAccountKeepsItsCounters() {
    AccountCounters again = books.acquire("again");
    books.release(again);
    books.acquire("again");
    for (int i = 0; i < 1500; i++) {
      books.release(books.acquire("account " + i));
    }
    assertThat(books.acquire("again")).isSameAs(again);
  }

  @Test
  void firstAccountsHaveTheirOwnSeriesAndOthersShareOne() {
    books.acquire("a").delivered(1, 0, 0);
    books.acquire("b").delivered(2, 0, 0);
    books.acquire("c").delivered(4, 0, 0);
    AccountCounters d = books.acquire("d");
    d.delivered(8, 0, 0);
    d.dropped("slow", 16);
    assertThat(series("luna_sender_account_events", "of", "delivered"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", 1.0, "b", 2.0, "other", 12.0));
    assertThat(series("luna_sender_account_dropped", "reason", "slow"))
        .containsExactlyEntriesOf(Map.of("other", 16.0));
  }

  @Test
  void noSeriesOfOthersWithinTheLimit() {
    books.acquire("a");
    books.acquire("b");
    assertThat(series("luna_sender_account_events", "of", "delivered")).containsOnlyKeys("a", "b");
  }

  @Test
  void countOfTheOthersNeverDecreases() {
    books.acquire("a");
    books.acquire("b");
    for (int i = 0; i < 1500; i++) {
      AccountCounters book = books.acquire("account " + i);
      book.delivered(1, 0, 0);
      books.release(book);
      if (i % 100 == 0) {
        assertThat(series("luna_sender_account_events", "of", "delivered"))
            .containsEntry("other", i + 1.0);
      }
    }
    assertThat(books.sums()).hasSize(1002);
  }

  @Test
  void freePlaceGoesToTheNextNewAccount() {
    AccountCounters first = books.acquire("first");
    books.acquire("second");
    AccountCounters third = books.acquire("third");
    third.delivered(1, 0, 0);
    books.release(first);
    for (int i = 0; i < 1000; i++) {
      books.release(books.acquire("account " + i));
    }
    assertThat(books.sums()).extracting(AccountCounters.Sums::account).doesNotContain("first");
    books.acquire("new").delivered(2, 0, 0);
    assertThat(series("luna_sender_account_events", "of", "delivered"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("second", 0.0, "other", 1.0, "new", 2.0));
  }

  private Map<String, Double> series(String name, String label, String value) {
    return books.collect().stream()
        .filter(snapshot -> snapshot.getMetadata().getName().equals(name))
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .filter(point -> value.equals(point.getLabels().get(label)))
        .collect(
            Collectors.toMap(
                point -> point.getLabels().get("account"),
                point -> ((CounterDataPointSnapshot) point).getValue()));
  }
}
