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
 * Checks tokens with one set of keys.
 *
 * <p>Errors: {@link TokenRejection}; what is wrong with the claims is told only of a token whose
 * signature is right.
 *
 * <p>Owner: immutable; shared by all event loops.
 *
 * <p>Source: RFC 7515, RFC 7519, RFC 8725.
 */
final class TokenVerifier {
  /** The longest header, claims and signature; characters. */
  private static final int[] PARTS = {4096, 16384, 2048};

  /** The first that applies is told. */
  private static final Map<Integer, String> FAULTS =
      new TreeMap<>(
          Map.of(
              ErrorCodes.EXPIRED, "the token has expired",
              ErrorCodes.EXPIRATION_MISSING, "the token has no exp",
              ErrorCodes.NOT_YET_VALID, "the token is not valid yet",
              ErrorCodes.AUDIENCE_MISSING, "the token has no aud",
              ErrorCodes.AUDIENCE_INVALID, "the token is for another audience",
              ErrorCodes.ISSUER_MISSING, "the token has no iss",
              ErrorCodes.ISSUER_INVALID, "the token is of another issuer",
              ErrorCodes.ISSUED_AT_INVALID_FUTURE, "the token is not valid yet"));

  /** The year 9999: as good as never, and far from where milliseconds overflow. */
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

  /** What the token opens. */
  Grant verify(String token) {
    if (!isSigned(token)) {
      throw TokenRejection.ofForm();
    }
    try {
      JwtClaims claims = consumer.processToClaims(token);
      long until = claims.getExpirationTime().getValue();
      return new Grant(
          accounts(claims.getClaimValue(accountClaim)),
          Math.min(until, LAST_SECOND) + leewaySeconds);
    } catch (InvalidJwtException invalid) {
      throw refusal(invalid);
    } catch (MalformedClaimException malformed) {
      throw new TokenRejection("a claim of the token has the wrong type");
    }
  }

  /**
   * Whether it has three parts in Base64url; five would be a token that is encrypted, which we have
   * no key for. Costs no signature, so it may be asked on an event loop.
   */
  static boolean isSigned(String token) {
    int part = 0;
    int length = 0;
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c == '.') {
        part++;
        if (length == 0 || part == PARTS.length) {
          return false;
        }
        length = 0;
      } else if (!isBase64Url(c) || ++length > PARTS[part]) {
        return false;
      }
    }
    return part == PARTS.length - 1 && length > 0;
  }

  private static boolean isBase64Url(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** None, if the claim is missing or holds something else. */
  private static Set<String> accounts(@Nullable Object claim) {
    Set<String> accounts = new HashSet<>();
    for (Object each : claim instanceof List<?> list ? list : List.of(claim == null ? "" : claim)) {
      if (each instanceof String text && Uuid.is(text)) {
        accounts.add(text.toLowerCase(Locale.ROOT));
      }
    }
    return accounts;
  }

  private static TokenRejection refusal(InvalidJwtException invalid) {
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
          ? new TokenRejection("the algorithm of the token is not accepted")
          : TokenRejection.ofUnknownKey();
    }
    return new TokenRejection("the token cannot be read");
  }
}
