package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

final class RedisErrorsTest {
  @Test
  void innermostCauseIsUsed() {
    Exception refused = new IllegalStateException("Connection refused");
    assertThat(RedisErrors.text(refused)).isEqualTo("Connection refused");
    assertThat(RedisErrors.text(new CompletionException("outer", refused)))
        .isEqualTo("Connection refused");
    assertThat(RedisErrors.text(new IllegalStateException()))
        .isEqualTo("java.lang.IllegalStateException");
  }

  @Test
  void tlsErrorNamesTheExpectedCertificate() {
    assertThat(overTls(new CertPathBuilderException("no path")))
        .isEqualTo("TLS: no path (expected: a certificate issued by a CA in CA_FILE)");
    assertThat(overTls(new CertPathValidatorException("expired")))
        .isEqualTo("TLS: expired (expected: a certificate issued by a CA in CA_FILE)");
    assertThat(overTls(new CertificateException("no name")))
        .isEqualTo("TLS: no name (expected: a certificate for this host, or VERIFY_HOSTNAME: 0)");
  }

  @Test
  void alertAboutOurCertificateIsExplained() {
    String alert = "Received fatal alert: certificate_required";
    assertThat(RedisErrors.text(new SSLHandshakeException(alert)))
        .isEqualTo("TLS: " + alert + " (expected: a CERT_FILE that the peer trusts)");
    assertThat(RedisErrors.text(new IllegalStateException(alert))).isEqualTo(alert);
    assertThat(RedisErrors.text(new SSLHandshakeException("Received fatal alert: internal_error")))
        .isEqualTo("TLS: Received fatal alert: internal_error");
    assertThat(RedisErrors.text(new SSLHandshakeException("no certificate")))
        .isEqualTo("TLS: no certificate");
  }

  private static String overTls(Exception cause) {
    SSLHandshakeException handshake = new SSLHandshakeException("failed");
    handshake.initCause(cause);
    return RedisErrors.text(new CompletionException(handshake));
  }
}
