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
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks into the files that a TLS client is given, for a wrong one would be found only when Redis
 * is connected, again and again.
 *
 * <p>Shape: PEM; the key is PKCS#8 without a password, RSA or EC.
 *
 * <p>Errors: {@code IllegalArgumentException} as by {@link Check}, with the path of the file and
 * never with what is in it.
 */
public final class PemFiles {
  /** Far more than any bundle of authorities; a wrong path may lead to something endless. */
  private static final int FILE_LIMIT_BYTES = 1 << 22;

  private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private PemFiles() {}

  /** Each may be empty, for none; a certificate and its key go together. */
  static void check(String caFile, String certFile, String keyFile) {
    if (!caFile.isEmpty()) {
      certificates("CA_FILE", caFile);
    }
    if (certFile.isEmpty() != keyFile.isEmpty()) {
      String missing = certFile.isEmpty() ? "CERT_FILE" : "KEY_FILE";
      String given = certFile.isEmpty() ? "KEY_FILE" : "CERT_FILE";
      throw Check.bad(missing, "\"\"", "a file, because " + given + " is set");
    }
    if (!certFile.isEmpty()) {
      PublicKey publicKey = certificates("CERT_FILE", certFile).get(0).getPublicKey();
      if (!fit(publicKey, privateKey(keyFile, publicKey.getAlgorithm()))) {
        throw notTheKey(keyFile);
      }
    }
  }

  private static List<? extends Certificate> certificates(String key, String file) {
    String text = read(key, file);
    try {
      if (text.contains(CERTIFICATE)) {
        return List.copyOf(
            CertificateFactory.getInstance("X.509")
                .generateCertificates(
                    new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1))));
      }
    } catch (GeneralSecurityException unreadable) {
      // Told below, without what is in the file.
    }
    throw Check.bad(key, file, "certificates in PEM");
  }

  private static PrivateKey privateKey(String file, String algorithm) {
    String text = read("KEY_FILE", file);
    Matcher key = KEY.matcher(text);
    if (!key.find()) {
      throw Check.bad("KEY_FILE", file, "a private key in PEM, PKCS#8, without a password");
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(key.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (GeneralSecurityException | IllegalArgumentException another) {
      throw notTheKey(file);
    }
  }

  private static IllegalArgumentException notTheKey(String file) {
    return Check.bad("KEY_FILE", file, "the key of the first certificate in CERT_FILE");
  }

  /** Whether what the one signs the other confirms; RSA or EC. */
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

  private static String read(String key, String file) {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(FILE_LIMIT_BYTES + 1);
      if (bytes.length <= FILE_LIMIT_BYTES) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
      }
    } catch (NoSuchFileException missing) {
      throw Check.bad(key, file, "a file that is there");
    } catch (IOException | InvalidPathException unreadable) {
      throw Check.bad(key, file, "a file that can be read");
    }
    throw Check.bad(key, file, "a PEM file of at most " + FILE_LIMIT_BYTES + " bytes");
  }
}
