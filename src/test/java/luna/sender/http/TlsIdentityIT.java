package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import luna.sender.config.ConfigException;
import luna.sender.config.TlsSettings;
import luna.sender.config.TlsSettings.ClientAuth;
import luna.sender.config.TlsSettings.MinVersion;
import luna.sender.config.TlsSettings.Provider;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which TLS files are accepted at the start, and the errors for the others. */
final class TlsIdentityIT {
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final X509Bundle EC = TestCertificates.server(AUTHORITY, "ec");
  private static final X509Bundle RSA =
      TestCertificates.server(AUTHORITY, "rsa", Algorithm.rsa2048, Duration.ofDays(90));

  @TempDir Path folder;

  @BeforeEach
  void write() {
    TestCertificates.write(folder, "ec", EC);
    TestCertificates.write(folder, "rsa", RSA);
  }

  @Test
  void rsaAndEcKeysAreAccepted() {
    assertThat(read("ec.crt", "ec.key").expires())
        .isEqualTo(EC.getCertificate().getNotAfter().toInstant());
    assertThat(read("rsa.crt", "rsa.key").expires())
        .isEqualTo(RSA.getCertificate().getNotAfter().toInstant());
  }

  /** Tests PKCS#1, which cert-manager writes by default. PKCS#8 contains it after 26 bytes. */
  @Test
  void pkcs1KeyIsAccepted() {
    byte[] pkcs8 = RSA.getKeyPair().getPrivate().getEncoded();
    String pkcs1 =
        Base64.getMimeEncoder().encodeToString(Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
    write(
        "rsa.key", "-----BEGIN RSA PRIVATE KEY-----\n" + pkcs1 + "\n-----END RSA PRIVATE KEY-----");
    assertThat(read("rsa.crt", "rsa.key")).isNotNull();
  }

  /** The whole chain expires with an authority that expires before the server's certificate. */
  @Test
  void chainExpiresWithItsFirstCertificateToExpire() {
    X509Bundle soon = TestCertificates.authority("soon", Duration.ofDays(1));
    X509Bundle server = TestCertificates.server(soon, "server");
    write("chain.crt", server.getCertificatePEM() + soon.getCertificatePEM());
    write("chain.key", server.getPrivateKeyPEM());
    assertThat(read("chain.crt", "chain.key").expires())
        .isEqualTo(soon.getCertificate().getNotAfter().toInstant());
  }

  @Test
  void missingOrUnreadableFileIsNamed() {
    refuses("CERT_FILE", "none.crt", "an existing file", "none.crt", "ec.key");
    refuses("KEY_FILE", "none.key", "an existing file", "ec.crt", "none.key");
    refuses("CERT_FILE", "", "a readable file", "", "ec.key");
  }

  @Test
  void fileOfAnotherKindIsNamed() throws IOException {
    refuses("CERT_FILE", "ec.key", "certificates in PEM", "ec.key", "ec.key");
    String key = "an unencrypted PEM private key of type EC, like the certificate";
    refuses("KEY_FILE", "ec.crt", key, "ec.crt", "ec.crt");
    write("empty", "");
    refuses("CERT_FILE", "empty", "certificates in PEM", "empty", "ec.key");
    refuses("KEY_FILE", "empty", key, "ec.crt", "empty");
    String pem = Files.readString(folder.resolve("ec.key"));
    write("encrypted.key", pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    refuses("KEY_FILE", "encrypted.key", key, "ec.crt", "encrypted.key");
    write("cut.key", pem.substring(0, pem.length() / 2));
    refuses("KEY_FILE", "cut.key", key, "ec.crt", "cut.key");
    write("endless.crt", "x".repeat((1 << 20) + 1));
    refuses(
        "CERT_FILE", "endless.crt", "a PEM file of at most 1048576 bytes", "endless.crt", "ec.key");
  }

  @Test
  void keyOfAnotherCertificateIsRejected() {
    String expected = "the key of the first certificate in CERT_FILE, ";
    TestCertificates.write(folder, "other", TestCertificates.server(AUTHORITY, "other"));
    refuses("KEY_FILE", "other.key", expected + folder.resolve("ec.crt"), "ec.crt", "other.key");
    expected = "an unencrypted PEM private key of type EC, like the certificate";
    refuses("KEY_FILE", "rsa.key", expected, "ec.crt", "rsa.key");
  }

  @Test
  void certificatesInAnotherOrderAreRejected() {
    String expected =
        "the server's certificate first, and after each certificate that of its issuer";
    for (String pem :
        new String[] {
          AUTHORITY.getCertificatePEM() + EC.getCertificatePEM(),
          EC.getCertificatePEM() + RSA.getCertificatePEM(),
          EC.getCertificatePEM() + AUTHORITY.getCertificatePEM() + AUTHORITY.getCertificatePEM(),
        }) {
      write("chain.crt", pem);
      refuses("CERT_FILE", "chain.crt", expected, "chain.crt", "ec.key");
    }
    write("chain.crt", EC.getCertificatePEM() + AUTHORITY.getCertificatePEM());
    assertThat(read("chain.crt", "ec.key")).isNotNull();
  }

  @Test
  void clientAuthoritiesAreReadOnlyIfClientAuthIsEnabled() {
    assertThatThrownBy(() -> read("ec.crt", "ec.key", ClientAuth.OPTIONAL))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("TLS.CLIENT_CA_FILE: ")
        .hasMessageContaining("(expected: an existing file)");
    assertThat(read("ec.crt", "ec.key")).isNotNull();
  }

  @Test
  void keyIsNeverShown() {
    String secret = EC.getPrivateKeyPEM().substring(40, 60);
    assertThat(read("ec.crt", "ec.key").toString()).doesNotContain(secret, "PRIVATE");
  }

  private void refuses(String key, String file, String expected, String cert, String keyFile) {
    assertThatThrownBy(() -> read(cert, keyFile))
        .isInstanceOf(ConfigException.class)
        .hasNoCause()
        .hasMessage(
            "LUNA_SENDER_HTTP_SETTINGS.TLS."
                + (key + ": " + folder.resolve(file) + " (expected: " + expected + ")"));
  }

  private TlsIdentity read(String cert, String key) {
    return read(cert, key, ClientAuth.NONE);
  }

  private TlsIdentity read(String cert, String key, ClientAuth clientAuth) {
    return TlsIdentity.read(
        new TlsSettings(
            true,
            Provider.AUTO,
            folder.resolve(cert).toString(),
            folder.resolve(key).toString(),
            folder.resolve("none.ca").toString(),
            clientAuth,
            MinVersion.V1_2,
            true,
            "",
            Duration.ofSeconds(10)));
  }

  private void write(String file, String text) {
    TestCertificates.write(folder.resolve(file), text);
  }
}
