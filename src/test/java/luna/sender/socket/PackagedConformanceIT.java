package luna.sender.socket;

import static luna.sender.testing.Waiting.until;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What RFC 6455 says of clients that break it, against the jar as its users start it. */
final class PackagedConformanceIT {
  @TempDir Path directory;

  @Test
  void everyCaseEndsAsItsSectionSaysAgainstThePackagedJar() throws Exception {
    int port = freePort();
    try (TestRedis redis = new TestRedis()) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-jar",
              System.getProperty("luna.sender.jar"));
      builder
          .environment()
          .putAll(
              Map.of(
                  "LUNA_SENDER_HTTP_SETTINGS__PORT",
                  Integer.toString(port),
                  "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT",
                  "1",
                  "REDIS_DB_ADDRESS__HOST",
                  "127.0.0.1",
                  "REDIS_DB_ADDRESS__PORT",
                  Integer.toString(redis.port())));
      Process process =
          builder
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("output").toFile())
              .start();
      try {
        until("it is ready", () -> status(port) == 200);
        Conformance.run(Conformance.cases(), port, false);
        Conformance.run(Conformance.endedCases(), port, false);
      } finally {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    }
  }

  private static int status(int port) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz")).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException notYet) {
      return 0;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }
}
