package luna.sender.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.Service;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests the command for curl, which shows events and does not reconnect. */
@Tag("clients")
final class CurlClientIT {
  @RegisterExtension final Service service = Service.shared();

  @TempDir Path directory;

  private final String account = Service.account();
  private @Nullable Process curl;

  @AfterEach
  void end() {
    if (curl != null) {
      curl.destroyForcibly();
    }
  }

  @Test
  void onlyMatchingEventsAreShown() throws Exception {
    start("1");
    until("connected", () -> service.metric("luna_sender_connections") == 1);
    service
        .redis()
        .publish(
            account,
            payload(
                ClientRules.seen("elsewhere", 1, "D.C."),
                ClientRules.seen("a woman", 0, "München"),
                ClientRules.seen("in Munich", 1, "München"),
                ClientRules.seen("in Washington", 1, "Washington, D.C.")));
    until("the events are shown", () -> output().contains("in Washington"));
    assertThat(output()).contains("in Munich").doesNotContain("elsewhere", "a woman");
  }

  @Test
  void invalidFilterIsShownWithTheServicesError() throws Exception {
    Process curl = start("2");
    assertThat(curl.waitFor(ClientProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(curl.exitValue()).isPositive();
    assertThat(output()).contains("gender: 2 (expected: one of 0, 1)");
  }

  private Process start(String gender) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "client.sh", gender)
            .directory(ClientRules.FILES.resolve("curl").toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile());
    builder.environment().put("LUNA_URL", "http://127.0.0.1:" + service.port() + "/2/ws");
    builder.environment().put("LUNA_ACCOUNT", account);
    Process started = builder.start();
    curl = started;
    return started;
  }

  private String output() throws IOException {
    return new String(Files.readAllBytes(directory.resolve("output")), UTF_8);
  }
}
