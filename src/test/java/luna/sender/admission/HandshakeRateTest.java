package luna.sender.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class HandshakeRateTest {
  private static final long START = Long.MAX_VALUE - 5;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Ten per second, with bursts of five; on a clock that is about to wrap around. */
  private final HandshakeRate rate = new HandshakeRate(10, 5, START);

  @Test
  void burstIsAdmittedAndTheNextWaitsForAToken() {
    for (int i = 0; i < 5; i++) {
      assertThat(rate.take(1, START)).isZero();
    }
    assertThat(rate.take(1, START)).isEqualTo(SECOND / 10);
    assertThat(rate.take(1, START + SECOND / 20)).isEqualTo(SECOND / 20);
    assertThat(rate.take(1, START + SECOND / 10)).isZero();
    assertThat(rate.take(1, START + SECOND / 10)).isEqualTo(SECOND / 10);
  }

  @Test
  void clientAtTheRateIsNeverRejected() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(rate.take(1, START + i * SECOND / 10)).isZero();
    }
  }

  @Test
  void rejectionSpendsNoToken() {
    for (int i = 0; i < 1000; i++) {
      rate.take(1, START);
    }
    assertThat(rate.take(1, START + SECOND / 10)).isZero();
  }

  @Test
  void idleTimeRestoresOneBurst() {
    for (int i = 0; i < 5; i++) {
      assertThat(rate.take(1, START + 100 * SECOND)).isZero();
    }
    assertThat(rate.take(1, START + 100 * SECOND)).isPositive();
  }

  /** A map of addresses would have to evict one, and its bucket would be full again. */
  @Test
  void floodOfAddressesDoesNotResetABucket() {
    for (int i = 0; i < 5; i++) {
      rate.take(-1, START);
    }
    for (long client = 1; client <= 100_000; client++) {
      rate.take(client, START);
    }
    assertThat(rate.take(-1, START)).isPositive();
  }

  @Test
  void differentAddressesRarelyShareBothCells() {
    for (long busy = 1; busy <= 500; busy++) {
      for (int i = 0; i < 5; i++) {
        rate.take(busy << 32, START);
      }
    }
    int refused = 0;
    for (long quiet = 1; quiet <= 10_000; quiet++) {
      refused += rate.take(quiet, START) == 0 ? 0 : 1;
    }
    // The probability that both cells of 65,536 are used by one of 500 addresses is 0.006 %.
    assertThat(refused).isLessThan(20);
  }
}
