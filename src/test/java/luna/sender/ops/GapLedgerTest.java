package luna.sender.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import luna.sender.event.Gap;
import org.junit.jupiter.api.Test;

final class GapLedgerTest {
  private static final Instant START = Instant.parse("2026-08-11T09:00:00Z");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final GapLedger ledger = new GapLedger(registry);

  @Test
  void openGapIsShownWithoutAnEndAndClosedOneWithIt() {
    GapLedger.Entry entry = ledger.open(Gap.Cause.REDIS_SILENT, START, List.of("a", "b"));
    assertThat(ledger.newest(10))
        .containsExactly(
            new GapLedger.Row(
                START, null, Gap.Cause.REDIS_SILENT, Gap.UNKNOWN, 2, List.of("a", "b")));
    assertThat(registry.get("luna_sender_gaps_open").gauge().value()).isEqualTo(1);
    ledger.close(entry, START.plusSeconds(3), 5);
    assertThat(ledger.newest(10))
        .containsExactly(
            new GapLedger.Row(
                START, START.plusSeconds(3), Gap.Cause.REDIS_SILENT, 5, 2, List.of("a", "b")));
    assertThat(registry.get("luna_sender_gaps_open").gauge().value()).isZero();
    assertThat(registry.get("luna_sender_gaps").tag("cause", "redis_silent").counter().count())
        .isEqualTo(1);
  }

  @Test
  void manyGapsPushOutTheOldestButNoneThatIsOpen() {
    ledger.open(Gap.Cause.SUBSCRIPTION_LOST, START, List.of("open"));
    for (int i = 0; i < 150; i++) {
      Instant from = START.plusSeconds(i);
      ledger.close(ledger.open(Gap.Cause.OVERLOAD, from, List.of("a")), from.plusMillis(1), i);
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
}
