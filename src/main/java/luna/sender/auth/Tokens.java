package luna.sender.auth;

import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Checks the tokens of one event loop, and remembers those that were good, so that a client that
 * comes back costs no signature.
 *
 * <p>Shape: up to {@value #LIMIT} tokens, by their digest; the one that was not asked for longest
 * gives way. A token is forgotten when it expires, and all are when the keys change.
 *
 * <p>Errors: {@link Refusal}; nothing is kept of a token that is refused.
 *
 * <p>Owner: confined to its event loop.
 */
public final class Tokens {
  private static final int LIMIT = 4096;

  private final Keys keys;
  private Verifier verifier;

  private final Map<ByteBuffer, Grant> good =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Grant> eldest) {
          return size() > LIMIT;
        }
      };

  public Tokens(Keys keys) {
    this.keys = keys;
    this.verifier = keys.current();
  }

  /** What the token opens; at once for one that is remembered. */
  public Future<Grant> check(String token) {
    if (keys.areAway()) {
      return keys.renew().compose(renewed -> verify(token));
    }
    return verify(token)
        .recover(
            failure ->
                failure instanceof Refusal refusal && refusal.isOfUnknownKey() && keys.areFetched()
                    ? keys.renew().compose(renewed -> verify(token))
                    : Future.failedFuture(failure));
  }

  private Future<Grant> verify(String token) {
    if (keys.areAway()) {
      return Future.failedFuture(Refusal.withoutKeys());
    }
    Verifier current = keys.current();
    if (current != verifier) {
      good.clear();
      verifier = current;
    }
    ByteBuffer digest = digest(token);
    Grant known = good.get(digest);
    if (known != null && !known.isOver(System.currentTimeMillis() / 1000)) {
      return Future.succeededFuture(known);
    }
    good.remove(digest);
    return keys.apart(() -> current.verify(token))
        .onSuccess(
            grant -> {
              if (current == verifier) {
                good.put(digest, grant);
              }
            });
  }

  /** The token itself would be a secret that lies about in memory. */
  private static ByteBuffer digest(String token) {
    try {
      return ByteBuffer.wrap(
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
