package luna.sender.auth;

import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import luna.sender.config.AuthSettings.Algorithm;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.keys.HmacKey;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * The keys that tokens may be signed with. Selects the key for a token.
 *
 * <p>How: for a token with a {@code kid}, tries the keys with that id and the keys without an id.
 * For a token without one, tries all keys of its type, up to {@value #TRIES}.
 *
 * <p>Errors: {@link UnresolvableKeyException} if no key matches; its cause is an {@code
 * InvalidAlgorithmException} if the algorithm is not allowed. {@link Unfit} if the token is for
 * another use, or if more than {@value #TRIES} keys match.
 *
 * <p>Source: RFC 7517 section 4.
 */
final class KeyRing implements VerificationKeyResolver {
  /** Each try verifies a signature, and anyone can cause all of them. */
  private static final int TRIES = 8;

  /** Signals that the token is not eligible for any key. */
  static final class Unfit extends UnresolvableKeyException {
    private static final long serialVersionUID = 1;
    private final String why;

    private Unfit(String why) {
      super(why);
      this.why = why;
    }

    /** Returns the reason, as text for the client. */
    String why() {
      return why;
    }
  }

  private static final int RSA_BITS_MIN = 2048;
  private static final int RSA_BITS_MAX = 8192;

  private final List<JsonWebKey> keys;

  KeyRing(List<JsonWebKey> keys) {
    this.keys = List.copyOf(keys);
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  @Override
  public Key resolveKey(JsonWebSignature token, List<JsonWebStructure> nesting)
      throws UnresolvableKeyException {
    String fault = TokenHeader.fault(token.getHeaders());
    if (fault != null) {
      throw new Unfit(fault);
    }
    try {
      // Check the algorithm before the keys: this throws if the algorithm is not allowed.
      String type = token.getAlgorithm().getKeyType();
      List<JsonWebKey> fitting = keys.stream().filter(key -> fits(key, type, token)).toList();
      if (fitting.size() == 1) {
        return fitting.get(0).getKey();
      }
      if (fitting.size() <= TRIES) {
        for (JsonWebKey key : fitting) {
          token.setKey(key.getKey());
          if (token.verifySignature()) {
            return key.getKey();
          }
        }
      }
      if (fitting.size() > TRIES) {
        throw new Unfit("the token has no kid, and more than " + TRIES + " keys match");
      }
      throw new UnresolvableKeyException("key: none");
    } catch (UnresolvableKeyException none) {
      throw none;
    } catch (JoseException unusable) {
      throw new UnresolvableKeyException("key: none", unusable);
    }
  }

  private static boolean fits(JsonWebKey key, String type, JsonWebSignature token) {
    String name = token.getKeyIdHeaderValue();
    return type.equals(key.getKeyType())
        && (name == null || key.getKeyId() == null || name.equals(key.getKeyId()))
        && (key.getAlgorithm() == null
            || key.getAlgorithm().equals(token.getAlgorithmHeaderValue()));
  }

  /** Returns whether the key can verify tokens of that algorithm and is strong enough. */
  static boolean isFor(Key key, Algorithm algorithm) {
    return switch (algorithm) {
      case HS256 -> key instanceof HmacKey;
      case RS256 ->
          key instanceof RSAPublicKey rsa
              && rsa.getModulus().bitLength() >= RSA_BITS_MIN
              && rsa.getModulus().bitLength() <= RSA_BITS_MAX;
      case ES256 ->
          key instanceof ECPublicKey ec
              && "P-256".equals(new EllipticCurveJsonWebKey(ec).getCurveName());
      case EDDSA ->
          key instanceof EdECPublicKey edwards && edwards.getParams().getName().equals("Ed25519");
    };
  }
}
