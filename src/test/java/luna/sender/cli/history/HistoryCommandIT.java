package luna.sender.cli.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.stream.Stream;
import luna.sender.bridge.HistoryKeys;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Tests {@code history} against a real Redis. */
final class HistoryCommandIT {
  private final TestRedis redis = new TestRedis();
  private final String account = Service.account();
  private final HistoryKeys keys = new HistoryKeys("luna-sender");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void stop() {
    redis.close();
  }

  private int history(String... arguments) {
    Map<String, String> environment =
        Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    return new CommandLine(new HistoryCommand(environment))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private void record(String payload) throws Exception {
    String script;
    try (var in = HistoryKeys.class.getResourceAsStream("history/append.lua")) {
      script = new String(in.readAllBytes(), UTF_8);
    }
    redis.command(
        "EVAL",
        Stream.concat(
                Stream.of(script, "2", keys.stream(account), keys.state(account)),
                Stream.of(payload, keys.live(account), "100", "60000", "PUBLISH"))
            .toArray(String[]::new));
  }

  @Test
  void showPrintsNumberTimeAndPosition() throws Exception {
    record("{}");
    record("{}");
    assertThat(history("show", "-a", account)).isZero();
    assertThat(out.toString())
        .contains("payloads: 2")
        .containsPattern("oldest: {3}20[0-9-]+T[0-9:.]+Z")
        .containsPattern("position: [0-9a-f]+-2-[0-9]+-[0-9]+");
  }

  @Test
  void accountWithoutHistoryIsReported() {
    assertThat(history("-a", account, "show")).isZero();
    assertThat(out.toString()).contains("the account has no history");
  }

  @Test
  void deletedEventsAreGoneAndNumbersContinue() throws Exception {
    record("{\"secret\":1}");
    assertThat(history("delete", "-a", account)).isZero();
    assertThat(out.toString()).contains("payloads deleted: 1");
    assertThat(redis.command("EXISTS", keys.stream(account)).toInteger()).isZero();
    record("{}");
    out.getBuffer().setLength(0);
    assertThat(history("-a", account, "show")).isZero();
    assertThat(out.toString()).contains("payloads: 1").containsPattern("position: [0-9a-f]+-2-");
  }

  @Test
  void unavailableRedisIsReportedInOneLine() {
    redis.close();
    assertThat(history("-a", account, "show")).isEqualTo(1);
    assertThat(err.toString()).startsWith("luna-sender: Redis: ").hasLineCount(1);
  }

  @Test
  void invalidAccountIsRejected() {
    assertThat(history("-a", "me", "show")).isEqualTo(2);
    assertThat(err.toString()).contains("--account: me (expected: a UUID)");
  }
}
