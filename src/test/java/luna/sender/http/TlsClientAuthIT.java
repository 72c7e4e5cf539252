package luna.sender.http;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests clients with a valid certificate, with an invalid one, and without one. */
@ParameterizedClass
@ValueSource(strings = {"openssl", "jdk"})
final class TlsClientAuthIT {
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final X509Bundle ANOTHER = TestCertificates.authority("another");
  private static final Path FOLDER = TestCertificates.folder();

  static {
    TestCertificates.write(FOLDER, "server", TestCertificates.server(AUTHORITY, "server"));
    TestCertificates.write(FOLDER, "ca", AUTHORITY);
  }

  private final String provider;

  TlsClientAuthIT(String provider) {
    this.provider = provider;
  }

  /**
   * @param more more settings of this section
   */
  private Service service(String clientAuth, String... more) {
    return new Service(
        TestCertificates.settings(
            FOLDER,
            Stream.concat(
                    Stream.of(
                        "PROVIDER=" + provider,
                        "CLIENT_CA_FILE=" + FOLDER.resolve("ca.crt"),
                        "CLIENT_AUTH=" + clientAuth),
                    Stream.of(more))
                .map(setting -> "LUNA_SENDER_HTTP_SETTINGS__TLS__" + setting)
                .toArray(String[]::new)));
  }

  @Nested
  final class Required {
    @RegisterExtension final Service service = service("required");

    @ParameterizedTest
    @CsvSource({
      "TLSv1.2, right, true", "TLSv1.2, another's, false", "TLSv1.2, none, false",
      "TLSv1.3, right, true", "TLSv1.3, another's, false", "TLSv1.3, none, false",
    })
    void onlyClientsWithACertificateOfTheAuthorityAreAccepted(
        String version, String certificate, boolean accepted) throws IOException {
      assertThat(isAccepted(service, version, certificate)).isEqualTo(accepted);
    }
  }

  @Nested
  final class Optional {
    @RegisterExtension final Service service = service("optional");

    @ParameterizedTest
    @CsvSource({
      "TLSv1.2, right, true", "TLSv1.2, another's, false", "TLSv1.2, none, true",
      "TLSv1.3, right, true", "TLSv1.3, another's, false", "TLSv1.3, none, true",
    })
    void optionalCertificateIsVerified(String version, String certificate, boolean accepted)
        throws IOException {
      assertThat(isAccepted(service, version, certificate)).isEqualTo(accepted);
    }
  }

  @Nested
  final class Reloaded {
    private final Path ca = FOLDER.resolve("reloaded.crt");

    @RegisterExtension
    final Service service =
        service(
            "required",
            "CLIENT_CA_FILE=" + TestCertificates.write(ca, AUTHORITY.getCertificatePEM()),
            "RELOAD_INTERVAL=0.1");

    /** A resumed session would skip the check of the certificate. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionIsNotResumedUnderAnotherAuthority(String version) throws IOException {
      SSLContext client =
          TestCertificates.showing(AUTHORITY, TestCertificates.client(AUTHORITY, "client"));
      assertThat(isAccepted(service, client, version)).isTrue();
      assertThat(isAccepted(service, client, version)).isTrue();
      TestCertificates.write(ca, ANOTHER.getCertificatePEM());
      until(
          "the authority is replaced",
          () -> service.metric("luna_sender_tls_reloads", "outcome", "taken") == 1);
      assertThat(isAccepted(service, client, version)).isFalse();
    }
  }

  private static boolean isAccepted(Service service, String version, String certificate)
      throws IOException {
    X509Bundle own =
        switch (certificate) {
          case "right" -> TestCertificates.client(AUTHORITY, "client");
          case "another's" -> TestCertificates.client(ANOTHER, "client");
          default -> null;
        };
    return isAccepted(service, TestCertificates.showing(AUTHORITY, own), version);
  }

  private static boolean isAccepted(Service service, SSLContext client, String version)
      throws IOException {
    SSLSocket socket = TestCertificates.connect(client, service.port());
    socket.setEnabledProtocols(new String[] {version});
    try (RawHttp http = RawHttp.over(socket)) {
      return http.send(RawHttp.get("/version")).answer().status() == 200;
    } catch (RuntimeException refused) {
      // In TLS 1.3, the client has finished its handshake before the server rejects it.
      assertThat(refused).hasCauseInstanceOf(IOException.class);
      return false;
    }
  }
}
