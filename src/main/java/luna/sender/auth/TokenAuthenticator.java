package luna.sender.auth;

import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Verifies the tokens of one event loop and caches the results, so that a client that reconnects
 * costs no signature check.
 *
 * <p>How: caches up to {@value #LIMIT} valid tokens by their digest and evicts the least recently
 * used. A token is removed when it expires, and all are when the keys change. Tokens with an
 * invalid signature have a cache of their own, so that forged tokens evict no valid ones.
 * Concurrent checks of one token are merged into one.
 *
 * <p>Errors: {@link TokenRejection} for an invalid token; {@link TokenRejection#withoutKeys} while
 * the issuer's keys could not be fetched; {@link luna.sender.admission.LimitExceeded} if the queue
 * of verifications is full.
 *
 * <p>See: {@link TokenVerifier} verifies; {@link KeySource} fetches the keys; {@code
 * api.AuthenticationHandler} writes the responses.
 *
 * <p>Owner: confined to its event loop.
 */
public final class TokenAuthenticator {
  private static final int LIMIT = 4096;

  private final KeySource keys;
  private TokenVerifier verifier;
  private final Map<ByteBuffer, Grant> valid = new LruMap<>();
  private final Map<ByteBuffer, TokenRejection> forged = new LruMap<>();
  private final Map<ByteBuffer, Future<Grant>> checking = new HashMap<>();

  /** A map that keeps the most recently used entries. */
  private static final class LruMap<V> extends LinkedHashMap<ByteBuffer, V> {
    private static final long serialVersionUID = 1;

    LruMap() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<ByteBuffer, V> eldest) {
      return size() > LIMIT;
    }
  }

  public TokenAuthenticator(KeySource keys) {
    this.keys = keys;
    this.verifier = keys.current();
  }

  /**
   * Returns what the token grants; completes immediately for a cached token.
   *
   * @param client the address on whose behalf the check is queued
   */
  public Future<Grant> check(String token, long client) {
    if (!TokenVerifier.hasJwsFormat(token)) {
      return Future.failedFuture(TokenRejection.malformed());
    }
    if (keys.areUnavailable()) {
      return keys.refresh().compose(renewed -> verify(token, client));
    }
    return verify(token, client)
        .recover(
            failure ->
                failure instanceof TokenRejection rejection
                        && rejection.isOfUnknownKey()
                        && keys.areFetched()
                    ? keys.refresh().compose(renewed -> verify(token, client))
                    : Future.failedFuture(failure));
  }

  private Future<Grant> verify(String token, long client) {
    if (keys.areUnavailable()) {
      return Future.failedFuture(TokenRejection.withoutKeys());
    }
    TokenVerifier current = keys.current();
    if (current != verifier) {
      valid.clear();
      forged.clear();
      checking.clear();
      verifier = current;
    }
    ByteBuffer digest = digest(token);
    TokenRejection rejection = forged.get(digest);
    if (rejection != null) {
      return Future.failedFuture(rejection);
    }
    Grant cached = valid.get(digest);
    if (cached != null && !cached.isOver(System.currentTimeMillis() / 1000)) {
      return Future.succeededFuture(cached);
    }
    valid.remove(digest);
    Future<Grant> pending = checking.get(digest);
    return pending == null ? startCheck(token, digest, current, client) : pending;
  }

  private Future<Grant> startCheck(
      String token, ByteBuffer digest, TokenVerifier current, long client) {
    Future<Grant> checked = keys.verifyOnWorker(client, () -> current.verify(token));
    checking.put(digest, checked);
    return checked.andThen(
        result -> {
          checking.remove(digest, checked);
          if (current != verifier) {
            return;
          }
          if (result.succeeded()) {
            valid.put(digest, result.result());
          } else if (result.cause() instanceof TokenRejection rejection && isForged(rejection)) {
            forged.put(digest, rejection);
          }
        });
  }

  /** Returns whether the token stays invalid as long as the keys stay the same. */
  private boolean isForged(TokenRejection rejection) {
    return rejection.isOfSignature() || (rejection.isOfUnknownKey() && !keys.areFetched());
  }

  /**
   * Returns the key of a token in the cache. The token itself is not stored, so that the secret
   * does not stay in memory.
   */
  private static ByteBuffer digest(String token) {
    try {
      return ByteBuffer.wrap(
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
