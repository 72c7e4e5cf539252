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
  public Grant {
    accounts = Set.copyOf(accounts);
  }

  /** The only account that it opens, or null if there are none or several. */
  public @Nullable String onlyAccount() {
    return accounts.size() == 1 ? accounts.iterator().next() : null;
  }

  /** The same in the milliseconds of {@link System#currentTimeMillis}. */
  public long untilMillis() {
    return untilSeconds * 1000;
  }

  boolean isOver(long nowSeconds) {
    return nowSeconds >= untilSeconds;
  }
}
