package luna.sender.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a public key from a file.
 *
 * <p>Shape: PEM with one {@code PUBLIC KEY} or one {@code CERTIFICATE}, whose dates are not looked
 * at: it is the file that is trusted, not its signer.
 *
 * <p>Errors: {@code IllegalArgumentException} with the configuration's key and the file's name.
 *
 * <p>Source: RFC 7468.
 */
final class PemFile {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
  private static final List<String> TYPES = List.of("RSA", "EC", "Ed25519");

  private PemFile() {}

  static PublicKey read(String file) {
    String text;
    try {
      text = Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw bad(file, "a file that can be read", unreadable);
    }
    Matcher block = BLOCK.matcher(text);
    if (text.contains("PRIVATE KEY") || !block.find()) {
      throw bad(file, "a PUBLIC KEY or a CERTIFICATE in PEM, and no private key", null);
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
      PublicKey key =
          block.group(1).equals("CERTIFICATE")
              ? CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(bytes))
                  .getPublicKey()
              : decode(bytes);
      if (block.find()) {
        throw new GeneralSecurityException("keys: several");
      }
      return key;
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw bad(file, "one key of " + String.join(", ", TYPES), unusable);
    }
  }

  private static PublicKey decode(byte[] bytes) throws GeneralSecurityException {
    X509EncodedKeySpec encoded = new X509EncodedKeySpec(bytes);
    for (String type : TYPES) {
      try {
        return KeyFactory.getInstance(type).generatePublic(encoded);
      } catch (GeneralSecurityException another) {
        // The bytes name their type themselves, but only the factory of that type reads it.
      }
    }
    throw new GeneralSecurityException("key: of another type");
  }

  private static IllegalArgumentException bad(
      String file, String expected, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "LUNA_SENDER_AUTH.PEM_FILES: " + file + " (expected: " + expected + ")", cause);
  }
}
