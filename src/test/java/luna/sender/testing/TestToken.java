package luna.sender.testing;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Builds a token, which is valid unless a test changes it. It is signed by the JDK, not by the
 * library that the service uses.
 *
 * <p>Owner: one test thread; each change returns a copy.
 *
 * <p>Source: RFC 7515 appendix A.
 */
public final class TestToken {
  public static final String ISSUER = "https://issuer.test";
  public static final String AUDIENCE = "luna-sender-test";

  private final JsonObject header;
  private final JsonObject claims;

  private TestToken(JsonObject header, JsonObject claims) {
    this.header = header;
    this.claims = claims;
  }

  /** Returns a token that is valid for five minutes. */
  public static TestToken of(String account) {
    return new TestToken(
        new JsonObject().put("typ", "JWT"),
        new JsonObject()
            .put("iss", ISSUER)
            .put("aud", AUDIENCE)
            .put("exp", seconds(300))
            .put("account_id", account));
  }

  /** Returns a time from now, in seconds as claims have it. */
  public static long seconds(long fromNow) {
    return System.currentTimeMillis() / 1000 + fromNow;
  }

  /** Sets a claim, or removes it if the value is null. */
  public TestToken claim(String name, @Nullable Object value) {
    return new TestToken(header, changed(claims, name, value));
  }

  public TestToken header(String name, @Nullable Object value) {
    return new TestToken(changed(header, name, value), claims);
  }

  private static JsonObject changed(JsonObject before, String name, @Nullable Object value) {
    JsonObject changed = before.copy();
    if (value == null) {
      changed.remove(name);
    } else {
      changed.put(name, value instanceof List<?> list ? List.copyOf(list) : value);
    }
    return changed;
  }

  public String hs256(byte[] secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      String content = content("HS256");
      return content + "." + base64(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  public String hs256(String secret) {
    return hs256(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Signs it with the algorithm of the key: RS256, ES256 or EdDSA. */
  public String signed(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> signed("RS256", "SHA256withRSA", key);
      case "EC" -> signed("ES256", "SHA256withECDSAinP1363Format", key);
      default -> signed("EdDSA", "Ed25519", key);
    };
  }

  private String signed(String algorithm, String jdkName, PrivateKey key) {
    try {
      String content = content(algorithm);
      Signature signature = Signature.getInstance(jdkName);
      signature.initSign(key);
      signature.update(content.getBytes(StandardCharsets.US_ASCII));
      return content + "." + base64(signature.sign());
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Returns the token with any third part, like a forged one. */
  public String unsigned(String algorithm, String signature) {
    return content(algorithm) + "." + signature;
  }

  private String content(String algorithm) {
    return base64(header.copy().put("alg", algorithm).encode().getBytes(StandardCharsets.UTF_8))
        + "."
        + base64(claims.encode().getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
