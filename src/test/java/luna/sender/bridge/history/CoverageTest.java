package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.history.Takeover.Hole;
import org.junit.jupiter.api.Test;

/** The clock of Redis is 0 at 0. */
final class CoverageTest {
  private final ServerClock clock = new ServerClock();
  private final HeardPayloads payloads =
      new HeardPayloads(new HistoryKeys("p"), Duration.ofSeconds(10), 1000);
  private final Coverage coverage = new Coverage(clock, payloads);

  CoverageTest() {
    clock.read(0, 0, 0);
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private static String text(Hole hole) {
    return new String(hole.text(), US_ASCII);
  }

  @Test
  void firstRecorderOfAllHasNoHole() {
    coverage.begin(nanos(1000));
    coverage.heard("");
    assertThat(coverage.hole("")).isNull();
  }

  @Test
  void firstRecorderThatAcquiresTheLeaseAgainBeforeItsFirstRenewalHasNoHole() {
    coverage.begin(nanos(1000));
    coverage.heard("");
    String kept = coverage.since();
    clock.read(1, 0, 0);
    assertThat(coverage.since()).isNotEqualTo(kept);
    assertThat(coverage.hole(kept)).isNull();
  }

  @Test
  void recorderThatSubscribedBeforeTheLeaderRenewedHasNoHole() {
    coverage.begin(nanos(1000));
    coverage.heard("900");
    assertThat(coverage.hole("2000")).isNull();
  }

  @Test
  void recorderThatSubscribedAfterTheLastRenewalHasAHole() {
    coverage.begin(nanos(5000));
    coverage.heard("2000");
    assertThat(coverage.hole("2000")).extracting(CoverageTest::text).isEqualTo("2000 5001");
  }

  @Test
  void clockOfANewMasterThatIsBehindHidesNoHole() {
    coverage.begin(nanos(5000));
    coverage.heard("9000");
    assertThat(coverage.hole("9000")).extracting(CoverageTest::text).isEqualTo("9000 9000");
  }

  @Test
  void holeBeginsWhereThisRecorderItselfWasInterrupted() {
    coverage.begin(nanos(1000));
    coverage.heard("900");
    coverage.interrupted(nanos(4000));
    coverage.begin(nanos(5000));
    coverage.heard("2000");
    assertThat(coverage.hole("2000")).extracting(CoverageTest::text).isEqualTo("4000 5001");
  }

  @Test
  void redisThatHasLostItsDataHasAHole() {
    coverage.begin(nanos(1000));
    coverage.interrupted(nanos(4000));
    coverage.begin(nanos(5000));
    coverage.heard("");
    assertThat(coverage.hole("")).extracting(CoverageTest::text).isEqualTo("4000 5001");
  }

  @Test
  void removedPayloadsAreAHole() {
    coverage.begin(nanos(1000));
    coverage.heard("900");
    for (int i = 0; i < 20; i++) {
      payloads.add(payloads.account("a"), new byte[100], false, nanos(2000 + i));
    }
    payloads.removeOld(nanos(2020));
    assertThat(coverage.hole("1500")).isNotNull();
    assertThat(coverage.hole("3000")).isNull();
  }

  @Test
  void leaderThatLeadsAgainHasNoHole() {
    coverage.begin(nanos(1000));
    coverage.heard("");
    String written = coverage.appendedUntil(nanos(500));
    assertThat(written).isEqualTo("1001");
    assertThat(coverage.hole(written)).isNull();
  }

  @Test
  void firstLeaderThatLeadsAgainHasNoHole() {
    coverage.begin(nanos(1000));
    coverage.heard("");
    String written = coverage.since();
    assertThat(written).isEqualTo("1001");
    clock.read(3001, nanos(3000), nanos(3000));
    assertThat(coverage.hole(written)).isNull();
  }

  @Test
  void recorderThatSubscribedAfterTheFirstLeaderHasAHole() {
    coverage.begin(nanos(5000));
    coverage.heard("1001");
    coverage.since();
    assertThat(coverage.hole("1001")).extracting(CoverageTest::text).isEqualTo("1001 5001");
  }

  @Test
  void waitingPayloadLimitsWhatIsAppended() {
    coverage.begin(nanos(1000));
    payloads.add(payloads.account("a"), new byte[1], false, nanos(3000));
    assertThat(coverage.appendedUntil(nanos(4000))).isEqualTo("2999");
  }
}
