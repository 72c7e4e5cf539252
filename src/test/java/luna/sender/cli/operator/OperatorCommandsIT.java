package luna.sender.cli.operator;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Tests {@code connections}, {@code accounts} and {@code close} against a real service. */
final class OperatorCommandsIT {
  @RegisterExtension
  final Service service =
      new Service("LUNA_SENDER_ADMIN__TOKENS_FILE=" + OperatorTokensFile.create());

  @TempDir Path folder = Path.of("");

  private final String account = Service.account();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void useTheToken() {
    environment.put("LUNA_SENDER_OPERATOR_TOKEN", OperatorTokensFile.CLOSE_TOKEN);
  }

  @Test
  void connectionsPrintsOneLineForEachClient() {
    try (TestSocket client = service.open(account, "gender=1");
        TestSocket other = service.open(Service.account(), "")) {
      assertThat(run(ConnectionsCommand::new, "-u", node())).isZero();
      assertThat(out.toString().lines()).hasSize(3);
      assertThat(out.toString()).startsWith("ID ").contains(account, "127.0.0.1", "gender=1");
      out.getBuffer().setLength(0);
      String upper = account.toUpperCase(Locale.ROOT);
      assertThat(run(ConnectionsCommand::new, "-u", node(), "-a", upper)).isZero();
      assertThat(out.toString().lines()).hasSize(2);
      assertThat(client.isClosed() || other.isClosed()).isFalse();
    }
  }

  @Test
  void limitIsReachedOverSeveralPagesAndJsonHasAllFields() {
    IntStream.range(0, 5).forEach(i -> service.open(account, ""));
    assertThat(run(ConnectionsCommand::new, "-u", node(), "-n", "3", "--json")).isZero();
    JsonArray found = new JsonArray(out.toString());
    assertThat(found).hasSize(3);
    assertThat(err.toString()).contains("there are more clients");
    assertThat(found.getJsonObject(0).fieldNames()).contains("request_id", "lag", "slow");
  }

  @Test
  void accountsPrintsCounts() {
    TestSocket client = service.open(account, "");
    service.redis().publish(account, payload(event("one")));
    client.nextEventId();
    until(
        "the delivery is counted",
        () -> {
          out.getBuffer().setLength(0);
          assertThat(run(AccountsCommand::new, "-u", node())).isZero();
          return out.toString().matches("(?s).*" + account + " +1 +1 +[0-9.]+ +1 +1 +0 +0 +0 .*");
        });
    assertThat(out.toString()).startsWith("ACCOUNT ").contains(" EVENTS/S ", " GAPS ");
  }

  @Test
  void closeClosesTheNamedConnection() {
    TestSocket client = service.open(account, "");
    assertThat(run(ConnectionsCommand::new, "-u", node(), "--json")).isZero();
    String id = new JsonArray(out.toString()).getJsonObject(0).getString("id");
    out.getBuffer().setLength(0);
    assertThat(run(CloseCommand::new, "-u", node(), id)).isZero();
    assertThat(out.toString()).contains("connections closed: 1");
    assertThat(client.closeCode()).isEqualTo(4403);
    TestSocket next = service.open(account, "");
    out.getBuffer().setLength(0);
    assertThat(run(ConnectionsCommand::new, "-u", node() + "/2/ws", "--json")).isZero();
    String nextId = new JsonArray(out.toString()).getJsonObject(0).getString("id");
    assertThat(run(CloseCommand::new, "-u", node(), id, nextId)).isEqualTo(4);
    assertThat(err.toString()).contains(id + " not found on this node").doesNotContain(nextId);
    assertThat(next.closeCode()).isEqualTo(4403);
  }

  @Test
  void closeClosesAnAccount() throws IOException {
    TestSocket client = service.open(account, "");
    environment.clear();
    Path file = Files.writeString(folder.resolve("token"), OperatorTokensFile.CLOSE_TOKEN + "\n");
    assertThat(
            run(
                CloseCommand::new,
                "-u",
                node() + "/",
                "--token-file",
                file.toString(),
                "-a",
                account))
        .isZero();
    assertThat(client.closeCode()).isEqualTo(4403);
  }

  @Test
  void closeThatANodeHasNotAnsweredEndsWith5() {
    TestSocket client = service.open(account, "");
    awaitOtherNode();
    assertThat(run(CloseCommand::new, "-u", node(), "--cluster", "-a", account)).isEqualTo(5);
    assertThat(client.closeCode()).isEqualTo(4403);
    assertThat(out.toString()).contains("connections closed: 1");
    assertThat(err.toString()).contains("no answer of node 0badcafe (frozen)");
    err.getBuffer().setLength(0);
    assertThat(run(CloseCommand::new, "-u", node(), "--cluster", "0badcafe-1")).isEqualTo(5);
    assertThat(err.toString()).contains("0badcafe-1 not found", "no answer of 0badcafe");
    assertThat(run(CloseCommand::new, "-u", node(), "0badcafe-1")).isEqualTo(4);
    assertThat(run(CloseCommand::new, "-u", node(), "-a", account)).isZero();
    assertThat(run(AccountsCommand::new, "-u", node(), "--cluster")).isZero();
  }

  /** Lets the service hear of a node that never answers. */
  private void awaitOtherNode() {
    until(
        "it is asked",
        () -> {
          service
              .redis()
              .command(
                  "PUBLISH",
                  "luna-sender.nodes",
                  "{\"kind\":\"alive\",\"node\":\"0badcafe\",\"host\":\"frozen\"}");
          String page =
              service
                  .get(
                      "/accounts?cluster=1&wait=0.1",
                      "Authorization",
                      "Bearer " + OperatorTokensFile.CLOSE_TOKEN)
                  .body();
          return page.contains("0badcafe");
        });
  }

  @Test
  void refusedTokenEndsWith3() {
    environment.put("LUNA_SENDER_OPERATOR_TOKEN", OperatorTokensFile.READ_TOKEN);
    assertThat(run(CloseCommand::new, "-u", node(), "-a", account)).isEqualTo(3);
    assertThat(err.toString()).contains("403", "close");
    environment.put("LUNA_SENDER_OPERATOR_TOKEN", "x".repeat(40));
    assertThat(run(AccountsCommand::new, "-u", node())).isEqualTo(3);
    assertThat(err.toString()).contains("401").doesNotContain("xxxx");
  }

  @Test
  void nodeWithoutTheApiIsExplained() {
    try (StartedSender sender = StartedSender.start(service.redis(), Map.of())) {
      String url = "http://127.0.0.1:" + sender.port();
      assertThat(run(AccountsCommand::new, "-u", url)).isEqualTo(4);
      assertThat(err.toString()).contains("404", "LUNA_SENDER_ADMIN.TOKENS_FILE");
    }
  }

  @Test
  void unreachableNodeEndsWith1InOneLine() {
    assertThat(run(AccountsCommand::new, "-u", "http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString()).startsWith("luna-sender: http://127.0.0.1:1: ").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({
    "--url: ftp, -u ftp://node",
    "--url: contains a user, -u http://me:secret@node",
    "--url: http://node?x=1, -u http://node?x=1",
    "--limit: 0, -n 0",
    "--token-file: /does/not/exist, --token-file /does/not/exist",
    "--ca-file: /does/not/exist, --ca-file /does/not/exist",
  })
  void invalidOptionIsNamed(String expected, String arguments) {
    assertThat(run(ConnectionsCommand::new, arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(expected).doesNotContain("secret");
  }

  @Test
  void closeNeedsIdsOrAnAccount() {
    assertThat(run(CloseCommand::new)).isEqualTo(2);
    assertThat(run(CloseCommand::new, "-a", account, "00000000-1")).isEqualTo(2);
    assertThat(run(CloseCommand::new, "not-an-id")).isEqualTo(2);
    assertThat(run(CloseCommand::new, "-a", "me")).isEqualTo(2);
  }

  @Test
  void tokenIsRequired() {
    environment.clear();
    assertThat(run(AccountsCommand::new)).isEqualTo(2);
    assertThat(err.toString()).contains("LUNA_SENDER_OPERATOR_TOKEN: none");
  }

  private String node() {
    return "http://127.0.0.1:" + service.port();
  }

  private int run(Function<Map<String, String>, Object> command, String... arguments) {
    return new CommandLine(command.apply(environment))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
