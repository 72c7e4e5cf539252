/**
 * Who may see an account.
 *
 * <p>In: the head of a handshake, before its parameters are looked at. Out: the accounts that its
 * token opens and until when, or an error before the upgrade.
 *
 * <p>Why mode {@code none} is the default: it is the original's, behind a proxy that is trusted to
 * set {@code Luna-Account-Id}.
 *
 * <p>Why jose4j: it needs nothing but SLF4J, checks Ed25519 by the JDK, takes the algorithms that
 * are accepted as a list beside the key, and checks the signature before it looks at a claim.
 * Nimbus needs Tink for Ed25519; vertx-auth-jwt takes the algorithm from the key that the token
 * names and has no look at {@code aud} unless told to.
 */
@NullMarked
package luna.sender.auth;

import org.jspecify.annotations.NullMarked;
