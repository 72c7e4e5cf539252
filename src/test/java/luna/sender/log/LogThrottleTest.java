package luna.sender.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LogThrottleTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final LogThrottle limit = new LogThrottle(Duration.ofSeconds(10));

  @Test
  void eachReasonIsLoggedOncePerTenSecondsWithTheNumberOfOthers() {
    assertThat(limit.take("a", 0)).isZero();
    assertThat(limit.take("b", 0)).isZero();
    for (int i = 1; i <= 5; i++) {
      assertThat(limit.take("a", i * SECOND)).isEqualTo(LogThrottle.SUPPRESSED);
    }
    assertThat(limit.take("a", 10 * SECOND)).isEqualTo(5);
    assertThat(limit.take("a", 11 * SECOND)).isEqualTo(LogThrottle.SUPPRESSED);
    assertThat(limit.take("a", 40 * SECOND)).isEqualTo(1);
    assertThat(limit.take("a", 80 * SECOND)).isZero();
  }

  @Test
  void numberOfSuppressedLinesIsLoggedAfterTheInterval() {
    List<String> reported = new ArrayList<>();
    LogThrottle.Rest rest = (reason, suppressed) -> reported.add(reason + " " + suppressed);
    limit.take("a", 0);
    limit.take("a", SECOND);
    limit.take("a", SECOND);
    limit.take("quiet", 0);
    limit.reportSuppressed(9 * SECOND, rest);
    assertThat(reported).isEmpty();
    limit.reportSuppressed(10 * SECOND, rest);
    limit.reportSuppressed(30 * SECOND, rest);
    assertThat(reported).containsExactly("a 2");
  }

  @Test
  void resetLetsTheNextLineOfEachReasonPass() {
    limit.take("a", 0);
    limit.take("a", SECOND);
    limit.reset();
    assertThat(limit.take("a", 2 * SECOND)).isZero();
  }

  @Test
  void reasonsBeyondTheLimitShareOneThrottle() {
    int passed = 0;
    for (int i = 0; i < 10_000; i++) {
      passed += limit.take("reason " + i, 0) == 0 ? 1 : 0;
    }
    assertThat(passed).isLessThan(300);
  }
}
