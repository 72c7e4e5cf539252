package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import org.junit.jupiter.api.Test;

final class GapLedgerTest {
  private static final Instant TIME = Instant.parse("2026-08-11T09:00:00Z");
  private static final DualTimestamp START = new DualTimestamp(TIME, 0);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<String> counted = new ArrayList<>();
  private final GapLedger ledger = new GapLedger(registry, SteadyClock.system(), counted::add);

  @Test
  void openGapIsShownWithoutAnEndAndClosedOneWithIt() {
    GapLedger.Entry entry = ledger.open(Gap.Cause.REDIS_SILENT, START, List.of("a", "b"));
    assertThat(ledger.newest(10))
        .containsExactly(
            new GapLedger.Row(
                TIME, null, Gap.Cause.REDIS_SILENT, Gap.UNKNOWN, null, 2, List.of("a", "b")));
    assertThat(registry.get("luna_sender_gaps_open").gauge().value()).isEqualTo(1);
    ledger.close(entry, after(Duration.ofSeconds(3)), 5);
    assertThat(ledger.newest(10))
        .containsExactly(
            new GapLedger.Row(
                TIME, TIME.plusSeconds(3), Gap.Cause.REDIS_SILENT, 5, null, 2, List.of("a", "b")));
    assertThat(registry.get("luna_sender_gaps_open").gauge().value()).isZero();
    assertThat(registry.get("luna_sender_gaps").tag("cause", "redis_silent").counter().count())
        .isEqualTo(1);
  }

  @Test
  void healedGapIsShownWithItsEventsAndNotCountedAsAGap() {
    GapLedger.Entry entry = ledger.open(Gap.Cause.REDIS_LOST, START, List.of("a"));
    ledger.heal(entry, after(Duration.ofSeconds(2)), 7);
    assertThat(ledger.newest(10))
        .containsExactly(
            new GapLedger.Row(
                TIME, TIME.plusSeconds(2), Gap.Cause.REDIS_LOST, 0, 7L, 1, List.of("a")));
    assertThat(registry.get("luna_sender_gaps_open").gauge().value()).isZero();
    assertThat(registry.get("luna_sender_gaps").tag("cause", "redis_lost").counter().count())
        .isZero();
  }

  @Test
  void manyGapsEvictTheOldestClosedOnes() {
    ledger.open(Gap.Cause.SUBSCRIPTION_LOST, START, List.of("open"));
    for (int i = 0; i < 150; i++) {
      DualTimestamp from = after(Duration.ofSeconds(i));
      DualTimestamp to = after(Duration.ofSeconds(i).plusMillis(1));
      ledger.close(ledger.open(Gap.Cause.OVERLOAD, from, List.of("a")), to, i);
    }
    List<GapLedger.Row> rows = ledger.newest(1000);
    assertThat(rows).hasSize(101);
    assertThat(rows.get(0).dropped()).isEqualTo(149);
    assertThat(rows.get(100).accounts()).containsExactly("open");
    assertThat(ledger.newest(20)).hasSize(21);
  }

  @Test
  void accountsAreCountedAndTheFirstAreNamed() {
    List<String> accounts = IntStream.range(0, 50).mapToObj(Integer::toString).toList();
    ledger.open(Gap.Cause.REDIS_LOST, START, accounts);
    GapLedger.Row row = ledger.newest(1).get(0);
    assertThat(row.accountCount()).isEqualTo(50);
    assertThat(row.accounts()).hasSize(20);
  }

  @Test
  void closedGapCountsForEachOfItsAccountsAndHealedOneForNone() {
    List<String> accounts = IntStream.range(0, 50).mapToObj(Integer::toString).toList();
    GapLedger.Entry lost = ledger.open(Gap.Cause.REDIS_LOST, START, accounts);
    GapLedger.Entry healed = ledger.open(Gap.Cause.REDIS_LOST, START, accounts);
    assertThat(counted).isEmpty();
    ledger.close(lost, after(Duration.ofSeconds(1)), Gap.UNKNOWN);
    ledger.heal(healed, after(Duration.ofSeconds(1)), 7);
    assertThat(counted).isEqualTo(accounts);
  }

  /** The wall clock at the end shows a time before the start. */
  @Test
  void settingTheWallClockBackDoesNotChangeALength() {
    GapLedger.Entry entry = ledger.open(Gap.Cause.REDIS_LOST, START, List.of("a"));
    ledger.close(
        entry,
        new DualTimestamp(TIME.minusSeconds(600), Duration.ofSeconds(2).toNanos()),
        Gap.UNKNOWN);
    GapLedger.Row row = ledger.newest(1).get(0);
    assertThat(row.from()).isEqualTo(TIME);
    assertThat(row.to()).isEqualTo(TIME.plusSeconds(2));
    assertThat(registry.get("luna_sender_gap").timer().totalTime(TimeUnit.SECONDS)).isEqualTo(2);
  }

  private static DualTimestamp after(Duration time) {
    return new DualTimestamp(TIME.plus(time), time.toNanos());
  }
}
