package luna.sender.auth;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accounts that a valid token grants access to, and its expiry.
 *
 * <p>Units: {@code untilSeconds} is in seconds since 1970 and includes the leeway for clock
 * differences.
 *
 * @param accounts lower-case UUIDs
 */
public record Grant(Set<String> accounts, long untilSeconds) {
  public Grant {
    accounts = Set.copyOf(accounts);
  }

  /** Returns the only account, or null if there are none or several. */
  public @Nullable String onlyAccount() {
    return accounts.size() == 1 ? accounts.iterator().next() : null;
  }

  /** Returns the expiry in milliseconds since 1970, like {@link System#currentTimeMillis}. */
  public long untilMillis() {
    return untilSeconds * 1000;
  }

  boolean isOver(long nowSeconds) {
    return nowSeconds >= untilSeconds;
  }
}
