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
 * Checks the tokens of one event loop, and remembers those that were good, so that a client that
 * comes back costs no signature.
 *
 * <p>Shape: up to {@value #LIMIT} tokens, by their digest; the one that was not asked for longest
 * gives way. A token is forgotten when it expires, and all are when the keys change. Tokens with a
 * wrong signature are remembered in the same way, apart from the others, so that strangers push out
 * none that is good. A token that is being checked is not checked a second time.
 *
 * <p>Errors: {@link TokenRejection}; {@link luna.sender.admission.LimitExceeded} while too many
 * wait to be checked.
 *
 * <p>Owner: confined to its event loop.
 */
public final class TokenCache {
  private static final int LIMIT = 4096;

  private final KeySource keys;
  private TokenVerifier verifier;
  private final Map<ByteBuffer, Grant> good = new Newest<>();
  private final Map<ByteBuffer, TokenRejection> forged = new Newest<>();
  private final Map<ByteBuffer, Future<Grant>> checking = new HashMap<>();

  /** The entries that were asked for last. */
  private static final class Newest<V> extends LinkedHashMap<ByteBuffer, V> {
    private static final long serialVersionUID = 1;

    Newest() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<ByteBuffer, V> eldest) {
      return size() > LIMIT;
    }
  }

  public TokenCache(KeySource keys) {
    this.keys = keys;
    this.verifier = keys.current();
  }

  /**
   * What the token opens; at once for one that is remembered.
   *
   * @param client whose turn the check is
   */
  public Future<Grant> check(String token, long client) {
    if (!TokenVerifier.isSigned(token)) {
      return Future.failedFuture(TokenRejection.ofForm());
    }
    if (keys.areAway()) {
      return keys.renew().compose(renewed -> verify(token, client));
    }
    return verify(token, client)
        .recover(
            failure ->
                failure instanceof TokenRejection refusal
                        && refusal.isOfUnknownKey()
                        && keys.areFetched()
                    ? keys.renew().compose(renewed -> verify(token, client))
                    : Future.failedFuture(failure));
  }

  private Future<Grant> verify(String token, long client) {
    if (keys.areAway()) {
      return Future.failedFuture(TokenRejection.withoutKeys());
    }
    TokenVerifier current = keys.current();
    if (current != verifier) {
      good.clear();
      forged.clear();
      checking.clear();
      verifier = current;
    }
    ByteBuffer digest = digest(token);
    TokenRejection refusal = forged.get(digest);
    if (refusal != null) {
      return Future.failedFuture(refusal);
    }
    Grant known = good.get(digest);
    if (known != null && !known.isOver(System.currentTimeMillis() / 1000)) {
      return Future.succeededFuture(known);
    }
    good.remove(digest);
    Future<Grant> underway = checking.get(digest);
    return underway == null ? begin(token, digest, current, client) : underway;
  }

  private Future<Grant> begin(String token, ByteBuffer digest, TokenVerifier current, long client) {
    Future<Grant> checked = keys.apart(client, () -> current.verify(token));
    checking.put(digest, checked);
    return checked.andThen(
        result -> {
          checking.remove(digest, checked);
          if (current != verifier) {
            return;
          }
          if (result.succeeded()) {
            good.put(digest, result.result());
          } else if (result.cause() instanceof TokenRejection refusal && isForged(refusal)) {
            forged.put(digest, refusal);
          }
        });
  }

  /** Whether the token stays refused as long as the keys are the same. */
  private boolean isForged(TokenRejection refusal) {
    return refusal.isOfSignature() || (refusal.isOfUnknownKey() && !keys.areFetched());
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
