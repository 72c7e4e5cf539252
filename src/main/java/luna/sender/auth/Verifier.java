package luna.sender.auth;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import luna.sender.config.AuthSettings;
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
 * <p>Errors: {@link Refusal}; what is wrong with the claims is told only of a token whose signature
 * is right.
 *
 * <p>Owner: immutable; shared by all event loops.
 *
 * <p>Source: RFC 7515, RFC 7519, RFC 8725.
 */
final class Verifier {
  /** Three parts in Base64url; five would be one that is encrypted, which we have no key for. */
  private static final Pattern SIGNED =
      Pattern.compile("[A-Za-z0-9_-]{1,4096}\\.[A-Za-z0-9_-]{1,16384}\\.[A-Za-z0-9_-]{1,2048}");

  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /** The first that applies is told. */
  private static final Map<Integer, String> FAULTS =
      new TreeMap<>(
          Map.of(
              ErrorCodes.EXPIRED, "the token has expired",
              ErrorCodes.EXPIRATION_MISSING, "the token has no exp",
              ErrorCodes.NOT_YET_VALID, "the token is not valid yet",
              ErrorCodes.AUDIENCE_MISSING, "the token has no aud",
              ErrorCodes.AUDIENCE_INVALID, "the token is for another audience",
              ErrorCodes.SIGNATURE_INVALID, "the signature of the token is wrong",
              ErrorCodes.ISSUER_MISSING, "the token has no iss",
              ErrorCodes.ISSUER_INVALID, "the token is of another issuer",
              ErrorCodes.ISSUED_AT_INVALID_FUTURE, "the token is not valid yet"));

  /** The year 9999: as good as never, and far from where milliseconds overflow. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private final JwtConsumer consumer;
  private final String accountClaim;
  private final long leewaySeconds;

  Verifier(AuthSettings settings, KeyRing keys) {
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
    if (!SIGNED.matcher(token).matches()) {
      throw new Refusal("the token is not a signed JWT");
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
      throw new Refusal("a claim of the token has the wrong type");
    }
  }

  /** None, if the claim is missing or holds something else. */
  private static Set<String> accounts(@Nullable Object claim) {
    Set<String> accounts = new HashSet<>();
    for (Object each : claim instanceof List<?> list ? list : List.of(claim == null ? "" : claim)) {
      if (each instanceof String text && UUID.matcher(text.toLowerCase(Locale.ROOT)).matches()) {
        accounts.add(text.toLowerCase(Locale.ROOT));
      }
    }
    return accounts;
  }

  private static Refusal refusal(InvalidJwtException invalid) {
    for (Map.Entry<Integer, String> fault : FAULTS.entrySet()) {
      if (invalid.hasErrorCode(fault.getKey())) {
        return new Refusal(fault.getValue());
      }
    }
    Throwable cause = invalid.getCause();
    if (cause instanceof UnresolvableKeyException unresolvable) {
      return unresolvable.getCause() instanceof InvalidAlgorithmException
          ? new Refusal("the algorithm of the token is not accepted")
          : Refusal.ofUnknownKey();
    }
    return new Refusal("the token cannot be read");
  }
}
