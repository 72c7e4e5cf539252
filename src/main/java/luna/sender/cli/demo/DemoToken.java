package luna.sender.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import luna.sender.config.AuthSettings;
import luna.sender.config.AuthSettings.Algorithm;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Creates a token for the demo's first account, valid for one day. */
public final class DemoToken {
  private static final String AUTH = "LUNA_SENDER_AUTH__";
  private static final int MINUTES = 24 * 60;

  private DemoToken() {}

  /** Adds the missing issuer, audience and secret to an environment with {@code MODE=jwt}. */
  public static void complete(Map<String, String> environment, String secret) {
    if (!"jwt".equalsIgnoreCase(environment.get(AUTH + "MODE"))) {
      return;
    }
    environment.putIfAbsent(AUTH + "ISSUER", "luna-sender-demo");
    environment.putIfAbsent(AUTH + "AUDIENCE", "luna-sender-demo");
    if (!isSet(environment, "PEM_FILES") && !isSet(environment, "JWKS_URL")) {
      if (!isSet(environment, "SECRET") && !isSet(environment, "SECRET_FILE")) {
        environment.put(AUTH + "SECRET", secret);
      }
      environment.putIfAbsent(AUTH + "ALGORITHMS", "HS256");
    }
  }

  private static boolean isSet(Map<String, String> environment, String key) {
    return !environment.getOrDefault(AUTH + key, "").isEmpty();
  }

  /**
   * Returns a token, or null if the keys are public ones, with which only their issuer can sign.
   */
  public static @Nullable String of(AuthSettings settings, String account) {
    if (!settings.algorithms().contains(Algorithm.HS256) || !settings.isShared()) {
      return null;
    }
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(settings.issuer());
    claims.setAudience(settings.audience());
    claims.setExpirationTimeMinutesInTheFuture(MINUTES);
    claims.setClaim(settings.accountClaim(), account);
    JsonWebSignature token = new JsonWebSignature();
    token.setHeader("typ", "JWT");
    token.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
    token.setKey(new HmacKey(settings.currentSecret().value().getBytes(StandardCharsets.UTF_8)));
    token.setPayload(claims.toJson());
    try {
      return token.getCompactSerialization();
    } catch (JoseException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
