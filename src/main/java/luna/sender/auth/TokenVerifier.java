package luna.sender.auth;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import luna.sender.config.AuthSettings;
import luna.sender.event.Uuid;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.lang.InvalidAlgorithmException;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * Verifies tokens with one set of keys.
 *
 * <p>See: {@link TokenAuthenticator} decides that no keys are available, before this class is
 * called; {@code api.AuthenticationHandler} answers 503 then. {@link KeySource} fetches and reloads
 * the keys.
 *
 * <p>Errors: {@link TokenRejection}; errors in the claims are reported only for tokens with a valid
 * signature.
 *
 * <p>Owner: thread-safe; shared by all event loops.
 *
 * <p>Source: RFC 7515, RFC 7519, RFC 8725.
 */
final class TokenVerifier {
  /** The maximum length of header, claims and signature in characters. */
  private static final int[] MAX_LENGTHS = {4096, 16384, 2048};

  /** Error texts by code. The first one that applies is reported. */
  private static final Map<Integer, String> FAULTS =
      new TreeMap<>(
          Map.of(
              ErrorCodes.EXPIRED, "the token has expired",
              ErrorCodes.EXPIRATION_MISSING, "the token has no exp",
              ErrorCodes.NOT_YET_VALID, "the token is not valid yet",
              ErrorCodes.AUDIENCE_MISSING, "the token has no aud",
              ErrorCodes.AUDIENCE_INVALID, "the token has a different audience (aud)",
              ErrorCodes.ISSUER_MISSING, "the token has no iss",
              ErrorCodes.ISSUER_INVALID, "the token has a different issuer (iss)",
              ErrorCodes.ISSUED_AT_INVALID_FUTURE, "the token is not valid yet"));

  /** The year 9999: practically never, and far from an overflow of milliseconds. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private final JwtConsumer consumer;
  private final String accountClaim;
  private final long leewaySeconds;

  TokenVerifier(AuthSettings settings, KeyRing keys) {
    accountClaim = settings.accountClaim();
    leewaySeconds = settings.leeway().plusMillis(999).toSeconds();
    consumer =
        new JwtConsumerBuilder()
            .setVerificationKeyResolver(keys)
            .setJwsAlgorithmConstraints(
                ConstraintType.PERMIT,
                settings.algorithms().stream().map(String::valueOf).toArray(String[]::new))
            .setExpectedIssuer(settings.issuer())
            .setExpectedAudience(settings.audience())
            .setRequireExpirationTime()
            .setIssuedAtRestrictions(0, Integer.MAX_VALUE)
            .setAllowedClockSkewInSeconds(Math.toIntExact(leewaySeconds))
            .build();
  }

  /** Verifies a token and returns what it grants. */
  Grant verify(String token) {
    if (!hasJwsFormat(token)) {
      throw TokenRejection.malformed();
    }
    try {
      JwtClaims claims = consumer.processToClaims(token);
      long until = claims.getExpirationTime().getValue();
      return new Grant(
          accounts(claims.getClaimValue(accountClaim)),
          Math.min(until, LAST_SECOND) + leewaySeconds);
    } catch (InvalidJwtException invalid) {
      throw rejection(invalid);
    } catch (MalformedClaimException malformed) {
      throw new TokenRejection("a claim of the token has the wrong type");
    }
  }

  /**
   * Returns whether the token has the format of a signed token (JWS): three parts in Base64url. It
   * verifies no signature, so it may run on an event loop. An encrypted token has five parts and is
   * rejected, because this service has no decryption key.
   */
  static boolean hasJwsFormat(String token) {
    int part = 0;
    int length = 0;
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c == '.') {
        part++;
        if (length == 0 || part == MAX_LENGTHS.length) {
          return false;
        }
        length = 0;
      } else if (!isBase64Url(c) || ++length > MAX_LENGTHS[part]) {
        return false;
      }
    }
    return part == MAX_LENGTHS.length - 1 && length > 0;
  }

  private static boolean isBase64Url(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Returns the accounts in a claim, or an empty set if it is missing or has another type. */
  private static Set<String> accounts(@Nullable Object claim) {
    Set<String> accounts = new HashSet<>();
    for (Object each : claim instanceof List<?> list ? list : List.of(claim == null ? "" : claim)) {
      if (each instanceof String text && Uuid.is(text)) {
        accounts.add(text.toLowerCase(Locale.ROOT));
      }
    }
    return accounts;
  }

  private static TokenRejection rejection(InvalidJwtException invalid) {
    if (invalid.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) {
      return TokenRejection.ofSignature();
    }
    for (Map.Entry<Integer, String> fault : FAULTS.entrySet()) {
      if (invalid.hasErrorCode(fault.getKey())) {
        return new TokenRejection(fault.getValue());
      }
    }
    Throwable cause = invalid.getCause();
    if (cause instanceof KeyRing.Unfit unfit) {
      return new TokenRejection(unfit.why());
    }
    if (cause instanceof UnresolvableKeyException unresolvable) {
      return unresolvable.getCause() instanceof InvalidAlgorithmException
          ? new TokenRejection("the algorithm of the token is not allowed")
          : TokenRejection.ofUnknownKey();
    }
    return new TokenRejection("the token cannot be parsed");
  }
}
