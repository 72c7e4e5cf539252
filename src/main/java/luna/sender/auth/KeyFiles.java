package luna.sender.auth;

import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.AuthSettings;
import luna.sender.config.PemFile;
import luna.sender.config.Secret;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/**
 * The keys from the configuration, given inline or as files. Two instances are equal if their
 * contents are equal.
 *
 * <p>Errors: {@code IllegalArgumentException} with the configuration key and the path of the file,
 * but never with the contents of the file.
 *
 * @param secret empty if there is none
 */
record KeyFiles(Secret secret, List<PemFile> files) {
  /** Far larger than any key. */
  private static final int PEM_LIMIT_BYTES = 1 << 20;

  /** Reads the files; blocks. */
  static KeyFiles read(AuthSettings settings) {
    List<PemFile> files = new ArrayList<>();
    for (String file : settings.pemFiles()) {
      files.add(PemFile.read("LUNA_SENDER_AUTH.PEM_FILES", file, PEM_LIMIT_BYTES));
    }
    return new KeyFiles(
        settings.isShared() ? settings.currentSecret() : settings.secret(), List.copyOf(files));
  }

  /** Returns whether the settings name files, which may change. */
  static boolean areConfigured(AuthSettings settings) {
    return !settings.pemFiles().isEmpty() || !settings.secretFile().isEmpty();
  }

  KeyRing ring(AuthSettings settings) throws JoseException {
    List<JsonWebKey> keys = new ArrayList<>();
    if (!secret.isEmpty()) {
      byte[] bytes = secret.value().getBytes(StandardCharsets.UTF_8);
      keys.add(JsonWebKey.Factory.newJwk(new HmacKey(bytes)));
    }
    for (PemFile pem : files) {
      Key key = pem.publicKey();
      if (settings.algorithms().stream().noneMatch(each -> KeyRing.isFor(key, each))) {
        throw pem.bad("a key for one of " + settings.algorithms() + ", RSA with 2048 to 8192 bits");
      }
      keys.add(JsonWebKey.Factory.newJwk(key));
    }
    return new KeyRing(keys);
  }
}
