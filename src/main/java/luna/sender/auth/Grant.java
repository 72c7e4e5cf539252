package luna.sender.auth;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token that was found good opens, and until when.
 *
 * <p>Units: {@code untilSeconds} is since 1970, the leeway for clocks included.
 *
 * <p>Owner: immutable.
 *
 * @param accounts lower-case UUIDs
 */
public record Grant(Set<String> accounts, long untilSeconds) {
  /** A hundred years, for nanoseconds overflow after three hundred. */
  private static final long LONGEST_MILLIS = 100L * 365 * 24 * 3600 * 1000;

  public Grant {
    accounts = Set.copyOf(accounts);
  }

  /** The only account that it opens, or null if there are none or several. */
  public @Nullable String onlyAccount() {
    return accounts.size() == 1 ? accounts.iterator().next() : null;
  }

  /** The same on the clock of {@link System#nanoTime}. */
  public long untilNanos() {
    long left = untilSeconds * 1000 - System.currentTimeMillis();
    return System.nanoTime() + Math.min(left, LONGEST_MILLIS) * 1_000_000;
  }

  boolean isOver(long nowSeconds) {
    return nowSeconds >= untilSeconds;
  }
}
