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
 * are accepted as a list of its own, and looks at a claim only after the signature. Nimbus needs
 * Tink for Ed25519. vertx-auth-jwt is a framework of users and permissions around a token, and its
 * key sets come with OAuth 2.
 *
 * <p>Why a signature is checked beside the event loops: it costs 20 &micro;s (HS256), 70 (RS256),
 * 400 to 1100 (ES256, Ed25519) of CPU, and anybody can have it checked, while events wait for the
 * loop. A token that is remembered costs less than one.
 *
 * <p>Why the checks have a queue of their own that addresses take turns in: 1,500 forged tokens at
 * once cost 11 s of CPU and a good handshake waited 4 s behind them. Now the queue is bounded, and
 * a client waits behind one token of each other address.
 *
 * <p>Why a token with a wrong signature is remembered apart from the good ones: strangers would
 * push those out.
 */
@NullMarked
package luna.sender.auth;

import org.jspecify.annotations.NullMarked;
