package luna.sender.config;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations as the configuration writes them: a number of seconds, with decimals if need be. */
final class Seconds {
  private Seconds() {}

  /** The duration, or null if it is out of range or finer than a nanosecond. */
  static @Nullable Duration parse(BigDecimal seconds) {
    try {
      return Duration.ofNanos(seconds.scaleByPowerOfTen(9).longValueExact());
    } catch (ArithmeticException e) {
      return null;
    }
  }

  /** An {@code Integer} if the seconds are whole, a {@code Double} otherwise. */
  static Number format(Duration duration) {
    boolean whole = duration.getNano() == 0 && duration.getSeconds() == (int) duration.getSeconds();
    return whole
        ? (Number) (int) duration.getSeconds()
        : (Number) (duration.getSeconds() + duration.getNano() / 1e9);
  }
}
