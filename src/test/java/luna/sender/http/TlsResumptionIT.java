package luna.sender.http;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TlsTap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests session tickets with the JDK's client and two nodes with different certificates: a client
 * that resumes its session still knows the certificate of the first handshake.
 */
final class TlsResumptionIT {
  private static final X509Bundle AUTHORITY = TestCertificates.authority("authority");
  private static final Random RANDOM = new Random(1);

  private final byte[] key = key();
  private final Path firstFolder = folder("first");
  private final Path secondFolder = folder("second");
  private final SSLContext client = TestCertificates.trusting(AUTHORITY, null);

  /** The client looks for its session by the name and the port of the server. */
  private final TlsTap balancer = new TlsTap(0);

  @RegisterExtension final Service first = node(firstFolder);
  @RegisterExtension final Service second = node(secondFolder);

  @AfterEach
  void close() {
    balancer.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void clientResumesItsSessionAtAnotherNode(String version) throws IOException {
    assertThat(connect(first, version)).isEqualTo("CN=first");
    assertThat(connect(second, version)).isEqualTo("CN=first");
    assertThat(connect(first, version)).isEqualTo("CN=first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticketOfAnyKeyInTheFileIsAccepted(String version) throws IOException {
    assertThat(connect(first, version)).isEqualTo("CN=first");
    write(secondFolder, key(), key);
    until("the keys are reloaded", () -> reloads(second) == 1);
    assertThat(connect(second, version)).isEqualTo("CN=first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticketOfARemovedKeyIsNotAccepted(String version) throws IOException {
    assertThat(connect(first, version)).isEqualTo("CN=first");
    write(secondFolder, key());
    until("the keys are reloaded", () -> reloads(second) == 1);
    assertThat(connect(second, version)).isEqualTo("CN=second");
  }

  /** Returns the subject of the certificate that the client has verified in this session. */
  private String connect(Service node, String version) throws IOException {
    balancer.forwardTo(node.port());
    SSLSocket socket = TestCertificates.connect(client, balancer.port());
    socket.setEnabledProtocols(new String[] {version});
    try (RawHttp http = RawHttp.over(socket)) {
      assertThat(http.send(RawHttp.get("/version")).answer().status()).isEqualTo(200);
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  private static double reloads(Service node) {
    return node.metric("luna_sender_tls_reloads", "outcome", "taken");
  }

  private static Service node(Path folder) {
    return new Service(
        TestCertificates.settings(
            folder,
            "LUNA_SENDER_HTTP_SETTINGS__TLS__PROVIDER=openssl",
            "LUNA_SENDER_HTTP_SETTINGS__TLS__TICKET_KEYS_FILE=" + folder.resolve("ticket.keys"),
            "LUNA_SENDER_HTTP_SETTINGS__TLS__RELOAD_INTERVAL=0.1"));
  }

  private Path folder(String name) {
    Path folder = TestCertificates.folder();
    TestCertificates.write(folder, "server", TestCertificates.server(AUTHORITY, name));
    write(folder, key);
    return folder;
  }

  private static byte[] key() {
    byte[] key = new byte[48];
    RANDOM.nextBytes(key);
    return key;
  }

  private static void write(Path folder, byte[]... keys) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] key : keys) {
      bytes.writeBytes(key);
    }
    Path file = folder.resolve("ticket.keys");
    try {
      Path whole = Files.write(folder.resolve("ticket.keys.new"), bytes.toByteArray());
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    file.toFile().deleteOnExit();
  }
}
