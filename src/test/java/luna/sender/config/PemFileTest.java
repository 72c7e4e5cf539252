package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PemFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"ecp256", "ecp384", "rsa2048"})
  void certificateAndItsKeyAreAccepted(Algorithm algorithm) throws Exception {
    X509Bundle bundle = bundle(algorithm);
    Path certificate = write("a.crt", bundle.getCertificatePathPEM());
    Path key = write("a.key", bundle.getPrivateKeyPEM());
    assertThatCode(() -> load(certificate, certificate, key)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource(names = {"ecp256", "ecp384", "rsa2048"})
  void keyOfAnotherCertificateStopsTheStart(Algorithm other) throws Exception {
    Path certificate = write("a.crt", bundle(Algorithm.ecp256).getCertificatePathPEM());
    Path key = write("b.key", bundle(other).getPrivateKeyPEM());
    assertThatThrownBy(() -> load(certificate, certificate, key))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "REDIS_DB_ADDRESS.KEY_FILE: "
                + key
                + " (expected: the key of the first certificate in CERT_FILE)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hunter2",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\naHVudGVyMg==\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\naHVudGVyMg==\n-----END RSA PRIVATE KEY-----"
      })
  void invalidKeyStopsTheStartAndIsNotShown(String text) throws Exception {
    Path certificate = write("a.crt", bundle(Algorithm.ecp256).getCertificatePathPEM());
    Path key = write("a.key", text);
    assertThatThrownBy(() -> load(certificate, certificate, key))
        .hasMessage(
            "REDIS_DB_ADDRESS.KEY_FILE: "
                + key
                + " (expected: an unencrypted PKCS#8 private key in PEM)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text",
        "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----"
      })
  void invalidCertificateStopsTheStart(String text) throws Exception {
    Path authorities = write("ca.crt", text);
    assertThatThrownBy(
            () -> ConfigLoader.load(null, Map.of("REDIS_DB_ADDRESS__CA_FILE", authorities + "")))
        .hasMessage(
            "REDIS_DB_ADDRESS.CA_FILE: " + authorities + " (expected: certificates in PEM)");
  }

  @Test
  void pathOfAnEndlessFileStopsTheStart() {
    assertThatThrownBy(
            () -> ConfigLoader.load(null, Map.of("REDIS_DB_ADDRESS__CA_FILE", "/dev/zero")))
        .hasMessage(
            "REDIS_DB_ADDRESS.CA_FILE: /dev/zero (expected: a PEM file of at most 4194304 bytes)");
  }

  private static void load(Path authorities, Path certificate, Path key) {
    ConfigLoader.load(
        null,
        Map.of(
            "REDIS_DB_ADDRESS__CA_FILE", authorities.toString(),
            "REDIS_DB_ADDRESS__CERT_FILE", certificate.toString(),
            "REDIS_DB_ADDRESS__KEY_FILE", key.toString()));
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  private static X509Bundle bundle(Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .subject("CN=a")
        .algorithm(algorithm)
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }
}
