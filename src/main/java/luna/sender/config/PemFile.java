package luna.sender.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The raw contents of a PEM file with keys or certificates, valid or not. Two instances are equal
 * if their contents are equal.
 *
 * <p>Shape: PEM.
 *
 * <p>Errors: {@code IllegalArgumentException} with {@code KEY: path (expected: ...)}, but never
 * with the contents of the file.
 *
 * <p>Source: RFC 7468.
 *
 * @param key the configuration key, for errors
 * @param text the bytes, one character each
 */
public record PemFile(String key, String path, String text) {
  private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final Pattern PUBLIC_KEY =
      Pattern.compile(
          "-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
  private static final List<String> PUBLIC_KEYS = List.of("RSA", "EC", "Ed25519");

  /**
   * Reads a file; blocks.
   *
   * @param limitBytes the size limit, because a wrong path may name an endless device
   */
  public static PemFile read(String key, String path, int limitBytes) {
    try (InputStream in = Files.newInputStream(Path.of(path))) {
      byte[] bytes = in.readNBytes(limitBytes + 1);
      if (bytes.length <= limitBytes) {
        return new PemFile(key, path, new String(bytes, StandardCharsets.ISO_8859_1));
      }
    } catch (NoSuchFileException missing) {
      throw Bounds.bad(key, path, "an existing file");
    } catch (IOException | InvalidPathException unreadable) {
      throw Bounds.bad(key, path, "a readable file");
    }
    throw Bounds.bad(key, path, "a PEM file of at most " + limitBytes + " bytes");
  }

  public byte[] bytes() {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Returns all certificates in their order, at least one. */
  public List<X509Certificate> certificates() {
    try {
      if (text.contains(CERTIFICATE)) {
        List<X509Certificate> certificates =
            CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(bytes()))
                .stream()
                .map(X509Certificate.class::cast)
                .toList();
        if (!certificates.isEmpty()) {
          return certificates;
        }
      }
    } catch (GeneralSecurityException unreadable) {
      // Reported below, without the contents of the file.
    }
    throw bad("certificates in PEM");
  }

  /**
   * Returns the only public key, or that of the only certificate. The dates of the certificate are
   * not checked, because the file itself is trusted, not its signer.
   */
  public PublicKey publicKey() {
    Matcher block = PUBLIC_KEY.matcher(text);
    if (text.contains("PRIVATE KEY") || !block.find()) {
      throw bad("a PUBLIC KEY or a CERTIFICATE in PEM, and no private key");
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
      PublicKey key =
          block.group(1).equals("CERTIFICATE")
              ? CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(bytes))
                  .getPublicKey()
              : publicKey(bytes);
      if (!block.find()) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      // Reported below, without the contents of the file.
    }
    throw bad("one key of " + String.join(", ", PUBLIC_KEYS));
  }

  private static PublicKey publicKey(byte[] bytes) throws GeneralSecurityException {
    X509EncodedKeySpec encoded = new X509EncodedKeySpec(bytes);
    for (String type : PUBLIC_KEYS) {
      try {
        return KeyFactory.getInstance(type).generatePublic(encoded);
      } catch (GeneralSecurityException another) {
        // The bytes contain their type, but only the factory of that type can parse them.
      }
    }
    throw new InvalidKeySpecException("key: of another type");
  }

  /** Returns the private key, which must be unencrypted PKCS#8 and belong to the certificate. */
  PrivateKey privateKeyOf(X509Certificate certificate) {
    Matcher block = PRIVATE_KEY.matcher(text);
    if (!block.find()) {
      throw bad("an unencrypted PKCS#8 private key in PEM");
    }
    try {
      PublicKey publicKey = certificate.getPublicKey();
      PrivateKey key =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(
                  new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(block.group(1))));
      if (fit(publicKey, key)) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException another) {
      // Reported below, without the contents of the file.
    }
    throw bad("the key of the first certificate in CERT_FILE");
  }

  /**
   * Returns whether the keys form a pair: verifies a signature of the private key with the public
   * key. Supports RSA and EC.
   */
  public static boolean fit(PublicKey publicKey, PrivateKey privateKey) {
    try {
      Signature signature =
          Signature.getInstance(
              publicKey.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
      byte[] text = {1, 2, 3};
      signature.initSign(privateKey);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  /** Returns an error that the file is not what was expected. */
  public IllegalArgumentException bad(String expected) {
    return Bounds.bad(key, path, expected);
  }

  /** Omits the contents, so that a key is never logged by accident. */
  @Override
  public String toString() {
    return "PemFile[" + path + "]";
  }
}
