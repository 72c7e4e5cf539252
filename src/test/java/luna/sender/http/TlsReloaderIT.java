package luna.sender.http;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestHttp2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests certificates that are replaced while clients are connected. */
@ParameterizedClass
@ValueSource(strings = {"openssl", "jdk"})
final class TlsReloaderIT {
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final String REFUSED = "New TLS files are invalid";

  private final Path folder = folder();

  @RegisterExtension final Service service;

  private final String account = Service.account();

  TlsReloaderIT(String provider) {
    service =
        new Service(
            TestCertificates.settings(
                folder,
                "LUNA_SENDER_HTTP_SETTINGS__TLS__PROVIDER=" + provider,
                "LUNA_SENDER_HTTP_SETTINGS__TLS__RELOAD_INTERVAL=0.1"));
  }

  /** With twelve connections, each event loop has several. */
  @Test
  void newConnectionsGetTheNewCertificateAndOpenOnesContinue() throws IOException {
    assertThat(names(12)).containsOnly("CN=first");
    try (RawSocket old = new RawSocket(connect(), account)) {
      X509Bundle second =
          TestCertificates.server(AUTHORITY, "second", Algorithm.rsa2048, Duration.ofDays(90));
      install(second);
      until("it is accepted", () -> reloads("taken") == 1);
      assertThat(names(12)).containsOnly("CN=second");
      try (TestHttp2 http = TestHttp2.connect(service.port())) {
        assertThat(http.get("/version").status()).isEqualTo(200);
      }
      assertThat(service.metric("luna_sender_tls_certificate_expiry_seconds"))
          .isEqualTo(second.getCertificate().getNotAfter().toInstant().getEpochSecond());
      service.redis().publish(account, payload(event("an event")));
      assertThat(new String(old.nextButPing().payload(), StandardCharsets.UTF_8))
          .contains("an event");
    }
  }

  /** As Kubernetes does it: the link of the file stays, and the link of its folder is replaced. */
  @Test
  void certificateBehindASymbolicLinkIsReloaded() throws IOException {
    X509Bundle second = TestCertificates.server(AUTHORITY, "second");
    for (String name : new String[] {"old", "new"}) {
      Files.createDirectory(folder.resolve(name));
    }
    for (String file : new String[] {"server.crt", "server.key"}) {
      Files.move(folder.resolve(file), folder.resolve("old").resolve(file));
      Files.createSymbolicLink(folder.resolve(file), Path.of("..data", file));
    }
    Files.createSymbolicLink(folder.resolve("..data"), Path.of("old"));
    TestCertificates.write(folder.resolve("new"), "server", second);
    Files.createSymbolicLink(folder.resolve("..next"), Path.of("new"));
    service.expectWarning(
        REFUSED); // Between the moves the file is missing, and two checks may notice it.
    Files.move(folder.resolve("..next"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    until("it is accepted", () -> reloads("taken") == 1);
    assertThat(names(2)).containsOnly("CN=second");
  }

  @Test
  void invalidFileKeepsTheOldCertificateAndIsLoggedOnce() throws IOException {
    service.expectWarning(REFUSED);
    String key = Files.readString(folder.resolve("server.key"));
    TestCertificates.write(folder.resolve("server.key"), "-----BEGIN PRIVATE KEY-----\nAAAA");
    until("it is refused", () -> reloads("refused") == 1);
    assertThat(names(4)).containsOnly("CN=first");
    X509Bundle another = TestCertificates.server(AUTHORITY, "another");
    TestCertificates.write(folder.resolve("server.key"), another.getPrivateKeyPEM());
    until("it is refused", () -> reloads("refused") == 2);
    Files.delete(folder.resolve("server.key"));
    until("it is refused", () -> reloads("refused") == 3);
    assertThat(names(4)).containsOnly("CN=first");
    until("all are reported", () -> service.warnings(REFUSED).size() == 3);
    assertThat(service.warnings(REFUSED))
        .allMatch(line -> line.contains("LUNA_SENDER_HTTP_SETTINGS.TLS.KEY_FILE: " + folder))
        .noneMatch(line -> line.contains("AAAA"));
    TestCertificates.write(folder.resolve("server.key"), key);
    install(another);
    until("it is accepted", () -> reloads("taken") == 1);
    assertThat(names(4)).containsOnly("CN=another");
  }

  @Test
  void expiringOrExpiredCertificateIsLogged() {
    service.expectWarning("TLS certificate");
    install(TestCertificates.server(AUTHORITY, "soon", Algorithm.ecp256, Duration.ofDays(13)));
    until("it is accepted", () -> reloads("taken") == 1);
    service.awaitWarning("TLS certificate expires soon");
    install(TestCertificates.server(AUTHORITY, "ended", Algorithm.ecp256, Duration.ofHours(-1)));
    until("it is accepted", () -> reloads("taken") == 2);
    service.awaitWarning("TLS certificate has expired");
    assertThat(service.warnings("TLS certificate")).hasSize(2);
  }

  /** Replaces both files. Until the second one is there, the service may find an invalid pair. */
  private void install(X509Bundle bundle) {
    service.expectWarning(REFUSED);
    TestCertificates.write(folder, "server", bundle);
  }

  private double reloads(String outcome) {
    return service.metric("luna_sender_tls_reloads", "outcome", outcome);
  }

  /** Returns the subjects of the certificates on this number of connections. */
  private String[] names(int connections) throws IOException {
    String[] names = new String[connections];
    for (int i = 0; i < connections; i++) {
      SSLSocket socket = connect();
      try (RawHttp http = RawHttp.over(socket)) {
        assertThat(http.send(RawHttp.get("/version")).answer().status()).isEqualTo(200);
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        names[i] = shown.getSubjectX500Principal().getName();
      }
    }
    return names;
  }

  private SSLSocket connect() throws IOException {
    return TestCertificates.connect(TestCertificates.trusting(AUTHORITY, null), service.port());
  }

  private static Path folder() {
    Path folder = TestCertificates.folder();
    TestCertificates.write(folder, "server", TestCertificates.server(AUTHORITY, "first"));
    return folder;
  }
}
