package luna.sender.cli.doctor;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests {@code doctor} with a real node and a real Redis. */
final class DoctorCommandIT {
  @RegisterExtension
  final Service service =
      new Service("LUNA_SENDER_ADMIN__TOKENS_FILE=" + OperatorTokensFile.create());

  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String token = "";

  @Test
  void healthyNodeIsCollectedAndNothingLooksWrong() throws IOException {
    String account = Service.account();
    TestSocket client = service.open(account, "");
    service.redis().publish(account, payload(event("one-secret-event")));
    client.nextEventId();
    until("it is counted", () -> service.metric("luna_sender_events_delivered") == 1);
    assertThat(doctor()).as(out::toString).isZero();
    assertThat(out.toString()).startsWith("nothing looks wrong");
    assertThat(Files.readString(file()))
        .contains(
            "== GET /version: 200",
            "== GET /livez: 200",
            "== GET /readyz: 200",
            "== GET /healthcheck: 200",
            "== GET /config: 200",
            "== GET /metrics: 200",
            "== Redis: INFO",
            "redis_version:",
            "== Redis: CLIENT LIST TYPE pubsub",
            "pubsub 33554432")
        .doesNotContain("one-secret-event");
  }

  @Test
  void lostRedisIsBroken() throws IOException {
    service.expectWarning("Redis");
    service.redis().kill();
    until("it is noticed", () -> service.metric("luna_sender_redis_connected") < 1);
    assertThat(doctor()).isEqualTo(1);
    assertThat(out.toString())
        .contains("broken: the node is not ready", "/docs/dev/monitoring.html#runbook-not-ready")
        .contains("lost connections to Redis");
    assertThat(out.toString()).containsOnlyOnce("broken: ").contains("not collected: Redis: ");
    assertThat(Files.readString(file())).contains("== Redis: connection\nerror: ");
  }

  @Test
  void absentNodeIsBroken() {
    assertThat(run("-u", "http://127.0.0.1:1", "--no-redis")).isEqualTo(1);
    assertThat(out.toString()).startsWith("broken: the node does not answer");
  }

  @Test
  void invalidOptionsAreNamed() {
    assertThat(run("-u", "ftp://node")).isEqualTo(2);
    assertThat(run("-u", "http://me:secret@node")).isEqualTo(2);
    assertThat(err.toString()).contains("--url: ftp://node").doesNotContain("secret@");
    assertThat(
            new CommandLine(new DoctorCommand(Map.of()))
                .setErr(new PrintWriter(err, true))
                .setOut(new PrintWriter(out, true))
                .execute(
                    "-u",
                    "http://127.0.0.1:1",
                    "--no-redis",
                    "--interval",
                    "1ms",
                    "-o",
                    folder.toString()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--output: " + folder);
  }

  @Test
  void logOfTheNodeIsCollectedWithoutPersonalData() throws IOException {
    String account = Service.account();
    service.expectWarning("Malformed payload");
    TestSocket client = service.open(account, "");
    service.redis().publish(account, "{\"secret-name\": broken");
    until("it is logged", () -> !service.warnings("Malformed payload").isEmpty());
    token = OperatorTokensFile.READ_TOKEN;
    assertThat(doctor()).as(out::toString).isZero();
    assertThat(out.toString()).contains("note: malformed payloads").doesNotContain("not collected");
    assertThat(Files.readString(file()))
        .containsPattern(
            "WARN  \\[luna.sender.bridge.RedisBridge] Malformed payload .*account-[0-9]+")
        .doesNotContain(account, "secret-name", OperatorTokensFile.READ_TOKEN);
    client.close();
  }

  @Test
  void missingLogIsNamedWithWhatToDo() throws IOException {
    assertThat(doctor()).isZero();
    assertThat(out.toString())
        .contains("not collected: the log: use --log-file, or an operator's token");
    assertThat(Files.readString(file()))
        .contains("not collected: the log")
        .doesNotContain("== Log");
    token = "x".repeat(40);
    assertThat(doctor()).isZero();
    assertThat(out.toString()).contains("not collected: the log: HTTP 401: ");
    token = "";
    assertThat(run("-u", "http://127.0.0.1:" + service.port(), "--log-file", "/not/there"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--log-file: /not/there (expected: a readable file)");
  }

  @Test
  void endOfALogFileIsUsedInsteadOfTheNode() throws IOException {
    String line = "2026-11-24 10:00:00.000 WARN  [luna.sender.x] Odd n=%d from=10.9.8.%d%n";
    StringBuilder log = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      log.append(line.formatted(i, i % 3));
    }
    Path given = Files.writeString(folder.resolve("given.log"), log);
    assertThat(run("-u", "http://127.0.0.1:" + service.port(), "--log-file", given.toString()))
        .isZero();
    assertThat(out.toString())
        .contains("note: repeated warnings in the log: 'Odd' 500")
        .doesNotContain("not collected");
    assertThat(Files.readString(file()))
        .contains("Odd n=9999 from=address-", "Odd n=9500 ")
        .doesNotContain("Odd n=9499 ", "10.9.8.");
  }

  private int doctor() {
    return run("-u", "http://127.0.0.1:" + service.port());
  }

  private Path file() {
    return folder.resolve("doctor.txt");
  }

  private int run(String... arguments) {
    String[] all = new String[arguments.length + 4];
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    all[0] = "-o";
    all[1] = file().toString();
    all[2] = "--interval";
    all[3] = "100ms";
    return new CommandLine(
            new DoctorCommand(
                Map.of(
                    "REDIS_DB_ADDRESS__HOST",
                    "127.0.0.1",
                    "REDIS_DB_ADDRESS__PORT",
                    Integer.toString(service.redis().port()),
                    "LUNA_SENDER_OPERATOR_TOKEN",
                    token)))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all);
  }
}
