package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
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

  private Service service(String clientAuth) {
    String tls = "LUNA_SENDER_HTTP_SETTINGS__TLS__";
    return new Service(
        TestCertificates.settings(
            FOLDER,
            tls + "PROVIDER=" + provider,
            tls + "CLIENT_CA_FILE=" + FOLDER.resolve("ca.crt"),
            tls + "CLIENT_AUTH=" + clientAuth));
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

  private static boolean isAccepted(Service service, String version, String certificate)
      throws IOException {
    X509Bundle own =
        switch (certificate) {
          case "right" -> TestCertificates.client(AUTHORITY, "client");
          case "another's" -> TestCertificates.client(ANOTHER, "client");
          default -> null;
        };
    SSLSocket socket = connect(service, own);
    socket.setEnabledProtocols(new String[] {version});
    try (RawHttp http = RawHttp.over(socket)) {
      return http.send(RawHttp.get("/version")).answer().status() == 200;
    } catch (RuntimeException refused) {
      // In TLS 1.3, the client has finished its handshake before the server rejects it.
      assertThat(refused).hasCauseInstanceOf(IOException.class);
      return false;
    }
  }

  private static SSLSocket connect(Service service, @Nullable X509Bundle own) throws IOException {
    return TestCertificates.connect(TestCertificates.showing(AUTHORITY, own), service.port());
  }
}
