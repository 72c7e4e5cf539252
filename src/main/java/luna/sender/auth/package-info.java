/**
 * Authentication and authorization: which clients may access an account.
 *
 * <p>In: the head of a handshake, before its parameters are validated. Out: the accounts that its
 * token grants and until when, or an error before the upgrade.
 *
 * <p>Why mode {@code none} is the default: the original service works like that, behind a trusted
 * proxy that sets {@code Luna-Account-Id}.
 *
 * <p>Why jose4j: it depends on SLF4J only, verifies Ed25519 with the JDK, takes the list of allowed
 * algorithms as a separate setting, and checks claims only after the signature. Nimbus needs Tink
 * for Ed25519. vertx-auth-jwt is a framework of users and permissions around a token, and its key
 * sets need OAuth 2.
 *
 * <p>Why signatures are verified outside the event loops: it costs 20 &micro;s (HS256), 70 &micro;s
 * (RS256), or 400 to 1100 &micro;s (ES256, Ed25519) of CPU. Anyone can trigger it, and meanwhile
 * the loop delivers no events. A cached token costs less than 1 &micro;s.
 *
 * <p>Why verification has a queue that serves addresses round-robin: 1,500 forged tokens at once
 * cost 11 s of CPU, and delayed a valid handshake by 4 s (measured). Now the queue is bounded, and
 * at most one token of each other address is verified before a client's token.
 *
 * <p>Why tokens with an invalid signature have a separate cache: attackers would evict the valid
 * ones.
 */
@NullMarked
package luna.sender.auth;

import org.jspecify.annotations.NullMarked;
