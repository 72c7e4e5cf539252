package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.StreamItem;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadShedderTest {
  private static final int WHOLE = 1000;
  private static final int ACCOUNT_LIMIT = 900;

  private final Metrics metrics = metrics();
  private final Budget.Part unused = new Budget(1, 1, change -> {}).new Part();
  private final Budget budget = new Budget(ACCOUNT_LIMIT, WHOLE, change -> {});
  private final List<AccountSessions> accounts = new ArrayList<>();
  private final LoadShedder shedding = new LoadShedder(metrics, accounts);
  private int published;

  @Test
  void accountAboveItsOwnLimitLosesItsNewestEvents() {
    AccountSessions flooded = account();
    publish(flooded, 100, 12);
    assertThat(read(flooded)).isEqualTo("0 1 2 3 4 5 6 7 8 [ 3]");
  }

  @Test
  void quietAccountLosesNothingWhileOthersUseTheTotalLimit() {
    AccountSessions flooded = account();
    AccountSessions more = account();
    publish(flooded, 100, 6);
    publish(more, 100, 4);
    AccountSessions quiet = account();
    publish(quiet, 90, 2);
    assertThat(read(quiet)).isEqualTo("10 11");
    assertThat(read(more)).isEqualTo("6 7 8 9");
    assertThat(read(flooded)).isEqualTo("0 1 2 3 [ 2]");
  }

  @Test
  void arrivingEventOfTheLargestAccountIsShed() {
    AccountSessions flooded = account();
    AccountSessions quiet = account();
    publish(quiet, 100, 4);
    publish(flooded, 100, 7);
    assertThat(read(quiet)).isEqualTo("0 1 2 3");
    assertThat(read(flooded)).isEqualTo("4 5 6 7 8 9 [ 1]");
  }

  @Test
  void openGapIsExtendedToAnEarlierEvent() {
    AccountSessions flooded = account();
    publish(flooded, 100, 10);
    AccountSessions quiet = account();
    publish(quiet, 100, 3);
    List<StreamItem> left = drain(flooded);
    assertThat(text(left)).isEqualTo("0 1 2 3 4 5 6 [ 3]");
    Gap gap = (Gap) left.get(left.size() - 1);
    assertThat(gap.cause()).isEqualTo(Gap.Cause.OVERLOAD);
    // Event 7 was received then.
    assertThat(gap.begin().nanos()).isEqualTo(7);
    assertThat(gap.to()).isAfterOrEqualTo(gap.from());
    List<GapLedger.Row> rows = metrics.gaps().newest(10);
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).from()).isEqualTo(gap.from());
    assertThat(rows.get(0).dropped()).isEqualTo(3);
  }

  @Test
  void gapOfAnotherCauseStaysAmongShedEvents() {
    AccountSessions flooded = account();
    publish(flooded, 100, 8);
    Gap redis =
        new Gap(
            metrics.gaps().clock().now(),
            metrics.gaps().clock().now(),
            Gap.Cause.REDIS_LOST,
            Gap.UNKNOWN);
    flooded.add(redis);
    publish(flooded, 50, 1);
    publish(account(), 100, 3);
    assertThat(read(flooded)).isEqualTo("0 1 2 3 4 5 6 (lost) [ 2]");
  }

  /** For random input, the limits hold, and each event is handled in order or is part of a gap. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void nothingIsLostOutsideOfAGap(int seed) {
    Random random = new Random(seed);
    List<Deque<Integer>> expected = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      account();
      expected.add(new ArrayDeque<>());
    }
    long shed = 0;
    for (int i = 0; i < 20_000; i++) {
      int number = random.nextInt(1 + random.nextInt(5));
      AccountSessions account = accounts.get(number);
      if (random.nextInt(3) == 0) {
        shed += take(account, expected.get(number));
      } else {
        expected.get(number).add(published);
        publish(account, 1 + random.nextInt(200), 1);
      }
      assertThat(accounts.stream().mapToLong(AccountSessions::queuedBytes).sum())
          .isLessThanOrEqualTo(WHOLE);
      assertThat(account.queuedBytes()).isLessThanOrEqualTo(ACCOUNT_LIMIT);
    }
    for (int number = 0; number < 5; number++) {
      while (accounts.get(number).hasQueuedItems()) {
        shed += take(accounts.get(number), expected.get(number));
      }
      assertThat(expected.get(number)).isEmpty();
    }
    assertThat(shed).isPositive();
  }

  /**
   * Takes the next item and removes its events from the expected ones. Returns the number of events
   * in a gap.
   */
  private long take(AccountSessions account, Deque<Integer> expected) {
    StreamItem next = account.next();
    if (!account.hasQueuedItems()) {
      shedding.end(account);
    }
    if (next instanceof Event event) {
      assertThat(expected.remove()).isEqualTo(id(event));
    } else if (next instanceof Gap gap) {
      for (long i = 0; i < gap.dropped(); i++) {
        expected.remove();
      }
      return gap.dropped();
    }
    return 0;
  }

  private AccountSessions account() {
    AccountSessions account =
        new AccountSessions(
            "account " + accounts.size(),
            AccountMetrics.unlisted(),
            unused,
            budget.new Part(),
            growth -> {});
    accounts.add(account);
    return account;
  }

  private void publish(AccountSessions account, int bytes, int events) {
    for (int i = 0; i < events; i++) {
      Event event = new Event(account.account, TestEvents.NOTHING, published++, new byte[bytes]);
      if (shedding.admits(account, event)) {
        account.add(event);
      }
    }
  }

  private String read(AccountSessions account) {
    return text(drain(account));
  }

  private List<StreamItem> drain(AccountSessions account) {
    List<StreamItem> all = new ArrayList<>();
    StreamItem next;
    while ((next = account.next()) != null) {
      all.add(next);
      if (!account.hasQueuedItems()) {
        shedding.end(account);
      }
    }
    return all;
  }

  /**
   * Formats events as their numbers, an interruption as an opening bracket, and its gap as a
   * closing one.
   */
  private static String text(List<StreamItem> all) {
    List<String> texts = new ArrayList<>();
    for (StreamItem next : all) {
      if (next instanceof Event event) {
        texts.add(Integer.toString(id(event)));
      } else if (next instanceof Gap gap) {
        texts.add(gap.cause() == Gap.Cause.OVERLOAD ? gap.dropped() + "]" : "(lost)");
      } else {
        texts.add("[");
      }
    }
    return String.join(" ", texts);
  }

  private static int id(Event event) {
    return (int) event.receivedNanos();
  }

  private static Metrics metrics() {
    Config config = ConfigLoader.load(null, Map.of());
    return new Metrics(config.influx(), config.metrics());
  }
}
