package luna.sender.config;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Converts durations from and to the configuration's format: a number of seconds, with decimals if
 * necessary.
 */
final class Seconds {
  private Seconds() {}

  /** Returns the duration, or null if it is out of range or finer than a nanosecond. */
  static @Nullable Duration parse(BigDecimal seconds) {
    try {
      return Duration.ofNanos(seconds.scaleByPowerOfTen(9).longValueExact());
    } catch (ArithmeticException e) {
      return null;
    }
  }

  /** Returns an {@code Integer} if the seconds are whole, otherwise a {@code Double}. */
  static Number format(Duration duration) {
    boolean whole = duration.getNano() == 0 && duration.getSeconds() == (int) duration.getSeconds();
    return whole
        ? (Number) (int) duration.getSeconds()
        : (Number) (duration.getSeconds() + duration.getNano() / 1e9);
  }
}
