package luna.sender;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the jar of the image: the whole service, without demo and load generator. */
final class ServiceJarIT {
  private static final Path JAR =
      Path.of(System.getProperty("luna.sender.jar")).resolveSibling("luna-sender-service.jar");

  @Test
  void serviceDeliversWithoutDemoAndRedisServer() throws Exception {
    String account = Service.account();
    try (TestRedis redis = new TestRedis();
        PackagedSender sender = PackagedSender.start(JAR, redis, Map.of())) {
      TestSocket socket = TestSocket.open(sender.port(), account, "");
      redis.publish(account, payload(event("an event")));
      assertThat(socket.nextEventId()).isEqualTo("an event");
      for (String page : new String[] {"/", "/version", "/docs/dev/index.html", "/metrics"}) {
        assertThat(sender.status(page)).as(page).isEqualTo(200);
      }
      assertThat(sender.output()).doesNotContain("ERROR", "Exception");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "bench"})
  void omittedCommandsAreUnknown(String command) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                JAR.toString(),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(output).contains(command + ": unknown command").doesNotContain("Exception");
  }
}
