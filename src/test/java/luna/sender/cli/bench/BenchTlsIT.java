package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the load generator with our own service over TLS. */
final class BenchTlsIT {
  private static final Path FOLDER = TestCertificates.folder();

  static {
    X509Bundle authority = TestCertificates.authority("authority");
    TestCertificates.write(FOLDER, "ca", authority);
    TestCertificates.write(FOLDER, "server", TestCertificates.server(authority, "server"));
    TestCertificates.write(FOLDER, "other", TestCertificates.authority("other"));
  }

  @RegisterExtension
  final Service service = new Service(TestCertificates.settings(FOLDER, new String[0]));

  @Test
  void webSocketsOverTlsAreVerifiedWithTheCaFile() {
    BenchOutput run = bench("wss", "2/ws", "-c", "6", "--ca-file", file("ca.crt"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.json("handshakes").getInteger("tls")).isEqualTo(6);
    assertThat(run.json("handshakes").getInteger("tls_resumed")).isBetween(0, 5);
    assertThat(run.json("deliveries").getLong("count")).isEqualTo(6 * 100);
  }

  @Test
  void eachClientMakesAFullTlsHandshakeAlsoInAStorm() {
    BenchOutput run =
        bench("wss", "2/ws", "-c", "10", "--insecure", "--ramp", "10/s", "--storm", "-d", "3s");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject first = run.json("handshakes");
    JsonObject second = run.json("storm").getJsonObject("handshakes");
    assertThat(List.of(first.getInteger("tls"), second.getInteger("tls"))).containsOnly(10);
    // A client that connects before the 101 of another may still resume its session.
    assertThat(first.getInteger("tls_resumed") + second.getInteger("tls_resumed"))
        .as(run.toString())
        .isLessThan(5);
  }

  @Test
  void serverOfAnUnknownAuthorityIsRejected() {
    BenchOutput run = bench("wss", "2/ws", "-c", "2", "--ca", file("other.crt"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("--url: wss://", "unable to find valid certification path");
  }

  @Test
  void insecureAcceptsAnyCertificate() {
    BenchOutput run = bench("wss", "2/ws", "-c", "2", "--insecure");
    assertThat(run.code()).as(run.toString()).isZero();
  }

  @Test
  void streamsOfAnHttp2ConnectionShareItsTlsHandshake() {
    BenchOutput run =
        bench("https", "2/events", "-c", "60", "--http2-streams", "30", "-k", "-R", "20");
    assertThat(run.code()).as(run.toString()).isZero();
    JsonObject handshakes = run.json("handshakes");
    assertThat(handshakes.getInteger("count")).isEqualTo(60);
    assertThat(handshakes.getInteger("tls")).isBetween(2, 30);
  }

  private static String file(String name) {
    return FOLDER.resolve(name).toString();
  }

  private BenchOutput bench(String scheme, String path, String... arguments) {
    List<String> all = new ArrayList<>();
    all.add("--url=" + scheme + "://127.0.0.1:" + service.port() + "/" + path);
    all.add("--redis=redis://127.0.0.1:" + service.redis().port());
    all.addAll(List.of("-W", "0s", "--json", "--quiet"));
    if (!List.of(arguments).contains("-d")) {
      all.addAll(List.of("-d", "1s"));
    }
    all.addAll(List.of(arguments));
    return BenchOutput.of(all.toArray(String[]::new));
  }
}
