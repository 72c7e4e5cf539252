/**
 * Who may see an account.
 *
 * <p>In: a validated handshake. Out: allowed, or an error before the upgrade.
 *
 * <p>Why it is empty: mode {@code none} is the original's, behind a proxy that is trusted to set
 * {@code Luna-Account-Id}.
 */
@NullMarked
package luna.sender.auth;

import org.jspecify.annotations.NullMarked;
