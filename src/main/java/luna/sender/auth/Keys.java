package luna.sender.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.AuthSettings;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/**
 * What tokens are checked with, for all event loops.
 *
 * <p>Errors: {@link #load} fails with {@code IllegalArgumentException} and the configuration's key
 * if a file is missing, or its key does not fit the algorithms.
 *
 * <p>Owner: thread-safe.
 */
public final class Keys {
  private final AuthSettings settings;
  private final Verifier verifier;

  private Keys(AuthSettings settings, Verifier verifier) {
    this.settings = settings;
    this.verifier = verifier;
  }

  /** Reads the keys that the configuration names. */
  public static Future<Keys> load(Vertx vertx, AuthSettings settings) {
    return vertx.executeBlocking(() -> new Keys(settings, new Verifier(settings, ring(settings))));
  }

  Verifier current() {
    return verifier;
  }

  private static KeyRing ring(AuthSettings settings) throws JoseException {
    List<JsonWebKey> keys = new ArrayList<>();
    if (!settings.secret().isEmpty()) {
      byte[] secret = settings.secret().value().getBytes(StandardCharsets.UTF_8);
      keys.add(JsonWebKey.Factory.newJwk(new HmacKey(secret)));
    }
    for (String file : settings.pemFiles()) {
      Key key = PemFile.read(file);
      if (settings.algorithms().stream().noneMatch(each -> KeyRing.isFor(key, each))) {
        throw new IllegalArgumentException(
            "LUNA_SENDER_AUTH.PEM_FILES: "
                + file
                + " (expected: a key for one of "
                + settings.algorithms()
                + ", RSA with 2048 to 8192 bits)");
      }
      keys.add(JsonWebKey.Factory.newJwk(key));
    }
    return new KeyRing(keys);
  }
}
