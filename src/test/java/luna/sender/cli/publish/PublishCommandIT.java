package luna.sender.cli.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Response;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import luna.sender.cli.tail.TailCommand;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests the command {@code publish} with our own service. */
final class PublishCommandIT {
  @RegisterExtension final Service service = Service.shared();

  @TempDir Path directory;

  private final String account = Service.account();

  private record Run(int code, String out, String err) {}

  private Run publish(InputStream in, Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new PublishCommand(in, environment))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }

  /** Publishes to the service's own Redis. */
  private Run publish(String input, String... arguments) {
    return publish(new ByteArrayInputStream(input.getBytes(UTF_8)), Map.of(), here(arguments));
  }

  private String[] here(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("-a", account, "--redis=redis://127.0.0.1:" + service.redis().port()));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }

  private String file(String text) throws Exception {
    return Files.writeString(directory.resolve("events.json"), text).toString();
  }

  @Test
  void historyHasThePayloadsInOrder() {
    Run run = publish("{\"event_id\": \"1\"} {\"event_id\": \"2\"}", "--history");
    assertThat(run.code()).as(run.err()).isZero();
    String stream = "luna-sender.history:{" + account + "}";
    assertThat(run.out()).isEqualTo("published 2 payloads (2 events) to " + stream + "\n");
    Response entries = service.redis().command("XRANGE", stream, "-", "+");
    assertThat(entries).hasSize(2);
    assertThat(entries.get(0).toString()).contains("\"event_id\": \"1\"");
    assertThat(entries.get(1).toString()).contains("\"event_id\": \"2\"");
  }

  @Test
  void payloadsEventsAndFramesReachClientsByteForByte() {
    TestSocket client = service.open(account, "");
    Run run =
        publish(
            """
            {"event_id": "bare",  "pi":3.1400, "odd":"\\u0041ß"}
            [ %s,
              {"event":{ "event_id":"framed" },"handler_id":"h\\u0041","event-create-time":"t1",
               "event-end-time":null,"Luna-Request-id":"r1"} ]
            {"gap":{"from":"a","to":"b","cause":"slow","dropped":1}}
            {"interruption":{"from":"a","cause":"redis_lost"}}
            {"healed":{"from":"a","to":"b","cause":"redis_lost","events":1}}
            {"stats":{"seen":0,"passed":0,"refused":{}}}
            {"resume":{"outcome":"complete","from":"a-0-0-0","position":"a-1-1-0"}}
            {"live":{"replayed":1,"position":"a-1-1-0"}}
            {"position":"a-1-1-0"}
            """
                .formatted(payload(event("one"), event("two"))));
    assertThat(run.err).isEmpty();
    assertThat(run.code).isZero();
    assertThat(run.out)
        .isEqualTo(
            "published 3 payloads (4 events) to luna-sender:"
                + account
                + ", each to 1 subscriber; skipped 7 notices\n");
    assertThat(client.nextText())
        .contains("{\"event_id\": \"bare\",  \"pi\":3.1400, \"odd\":\"\\u0041ß\"}");
    assertThat(client.nextEventId()).isEqualTo("one");
    assertThat(client.nextEventId()).isEqualTo("two");
    assertThat(client.nextText())
        .contains("{ \"event_id\":\"framed\" }", "\"h\\u0041\"", "\"t1\"", "\"r1\"");
    client.close();
  }

  @Test
  void outputOfTailIsPublishedUnchanged() throws Exception {
    String source = Service.account();
    ByteArrayOutputStream recorded = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    CommandLine tail = new CommandLine(new TailCommand(recorded, Map.of()));
    tail.setCaseInsensitiveEnumValuesAllowed(true).setErr(new PrintWriter(err, true));
    CompletableFuture<Integer> ended =
        CompletableFuture.supplyAsync(
            () ->
                tail.execute(
                    "-a", source, "--json", "--limit=2", "-u=http://127.0.0.1:" + service.port()));
    until("connected", () -> err.toString().contains("connected to"));
    service.redis().publish(source, payload("[{ \"event_id\":\"1\", \"n\":1.0}, {\"x\":null}]"));
    assertThat(ended.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isZero();
    TestSocket client = service.open(account, "");
    assertThat(publish(recorded.toString(UTF_8)).code).isZero();
    assertThat(client.nextText() + "\n" + client.nextText() + "\n")
        .isEqualTo(recorded.toString(UTF_8));
    client.close();
  }

  /** Files of Windows begin with a byte order mark. */
  @Test
  void byteOrderMarkIsSkippedWithAndWithoutValidation() throws Exception {
    TestSocket client = service.open(account, "");
    String marked = "\ufeff" + payload(event("one")).replace("\n", " ") + "\n";
    assertThat(publish(marked).err).isEmpty();
    assertThat(client.nextEventId()).isEqualTo("one");
    assertThat(publish(marked, "--no-validate").err).isEmpty();
    assertThat(client.nextEventId()).isEqualTo("one");
    String file = file("\ufeff{\"event_id\":\"bare\"}\n{\"event_id\":\n5}");
    assertThat(publish("", file).err).contains("line 3: $.event_id: ");
    client.close();
  }

  @Test
  void fileWithAnInvalidLineIsNotSentAtAll() throws Exception {
    TestSocket client = service.open(account, "");
    String file =
        file(
            """
            {"event_id":"good"}
            {"event_id":"bad",
             "location":{
               "city":7}}
            """);
    Run run = publish("", file);
    assertThat(run.code).isEqualTo(2);
    assertThat(run.err).contains(file + ": line 4: $.location.city: ");
    assertThat(run.out).isEmpty();
    assertThat(service.metric("luna_sender_events_received")).isZero();
    client.close();
  }

  @Test
  void invalidLineOfAPipeStopsAfterTheEarlierLines() {
    TestSocket client = service.open(account, "");
    Run run = publish("{\"event_id\":\"1\"}\n{\"handler_id\":5,\"events\":[]}\n{}\n");
    assertThat(run.code).isEqualTo(2);
    assertThat(run.err).contains("standard input: line 2: $.");
    assertThat(run.out).startsWith("published 1 payload (1 event)");
    assertThat(client.nextEventId()).isEqualTo("1");
    assertThat(publish("{\"a\":1,}").err).contains("line 1: not JSON at column 8");
    assertThat(publish("{\"a\":1,\"a\":2}").err).contains("line 1: column 11: Duplicate field");
    assertThat(publish("{\"location\":5}").err)
        .contains("$.location: Instance type number is invalid. Expected object, null");
    assertThat(publish("{}\n5").err).contains("line 2: not an object");
    assertThat(publish("[[{}]]").code).isEqualTo(2);
    client.close();
  }

  @Test
  void eventOfAPipeIsSentImmediately() throws Exception {
    TestSocket client = service.open(account, "");
    try (PipedOutputStream pipe = new PipedOutputStream()) {
      PipedInputStream in = new PipedInputStream(pipe);
      CompletableFuture<Run> run =
          CompletableFuture.supplyAsync(() -> publish(in, Map.of(), here()));
      pipe.write("{\"event_id\":\"early\"}\n".getBytes(UTF_8));
      pipe.flush();
      assertThat(client.nextEventId()).isEqualTo("early");
      assertThat(run).isNotDone();
      pipe.close();
      assertThat(run.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).code).isZero();
    }
    client.close();
  }

  @Test
  void unvalidatedLinesAreSentUnchanged() throws Exception {
    service.expectWarning("Malformed");
    TestSocket client = service.open(account, "");
    byte[] input = "not json\n\n{\"events\":[{\"event_id\":\"after\"}]}\n\u00ff\n".getBytes(UTF_8);
    Run run = publish(new ByteArrayInputStream(input), Map.of(), here("--no-validate"));
    assertThat(run.code).isZero();
    assertThat(run.out).startsWith("published 3 payloads to ");
    assertThat(client.nextEventId()).isEqualTo("after");
    until("both are counted", () -> service.metric("luna_sender_malformed") == 2);
    client.close();
  }

  @Test
  void fileIsRepeatedAtTheGivenRate() throws Exception {
    TestSocket client = service.open(account, "");
    long start = System.nanoTime();
    Run run = publish("", "--rate=20", "--repeat=5", file("{\"event_id\":\"1\"} {}"));
    // Ten payloads, the first immediately, so nine pauses of 50 ms.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(450));
    assertThat(run.out).startsWith("published 10 payloads (10 events)");
    until("all have come", () -> client.waiting() == 10);
    client.close();
  }

  @Test
  void missingSubscriberIsAWarning() {
    Run run = publish("{}");
    assertThat(run.code).isZero();
    assertThat(run.out).endsWith(", each to 0 subscribers\n");
    assertThat(run.err).contains("warning: 1 of them had no subscriber");
  }

  @Test
  void dryRunPrintsPayloadsAndNeedsNoRedis() {
    Run run =
        publish(
            new ByteArrayInputStream("{\"source\":\"cam\"}".getBytes(UTF_8)),
            Map.of("REDIS_DB_ADDRESS__PORT", "1"),
            "--dry-run",
            "-a",
            account);
    assertThat(run.code).isZero();
    JsonObject payload = new JsonObject(run.out);
    assertThat(payload.getJsonArray("events").encode()).isEqualTo("[{\"source\":\"cam\"}]");
    assertThat(payload.getString("Luna-Request-Id")).matches("[0-9]{10},[-0-9a-f]{36}");
  }

  @Test
  void redisOfTheConfigurationIsUsedWithoutAUrl() {
    Run run =
        publish(
            new ByteArrayInputStream("{}".getBytes(UTF_8)),
            Map.of(
                "REDIS_DB_ADDRESS__HOST", "127.0.0.1",
                "REDIS_DB_ADDRESS__PORT", Integer.toString(service.redis().port()),
                "REDIS_DB_ADDRESS__CHANNEL_PREFIX", "other"),
            "-a",
            account.toUpperCase(java.util.Locale.ROOT));
    assertThat(run.out).startsWith("published 1 payload (1 event) to other:" + account);
  }

  @Test
  void unavailableOrRefusingRedisHasItsExitCode() {
    String[] away = {"-a", account, "--redis=redis://127.0.0.1:1"};
    Run run = publish(new ByteArrayInputStream(new byte[0]), Map.of(), away);
    assertThat(run.code).isEqualTo(1);
    assertThat(run.err).contains("luna-sender: Redis: 127.0.0.1:1: ");
    try (TestRedis locked = new TestRedis("requirepass right")) {
      String right = "--redis=redis://:right@127.0.0.1:" + locked.port();
      String wrong = "--redis=redis://:s3cret@127.0.0.1:" + locked.port() + "/2";
      InputStream in = new ByteArrayInputStream("{}".getBytes(UTF_8));
      assertThat(publish(in, Map.of(), "-a", account, right).code).isZero();
      Run refused = publish(in, Map.of(), "-a", account, wrong);
      assertThat(refused.code).isEqualTo(3);
      assertThat(refused.err).contains("WRONGPASS").doesNotContain("s3cret");
    }
  }

  @Test
  void wrongCommandLineIsExitCode2() {
    assertThat(publish("", "--rate=0").code).isEqualTo(2);
    assertThat(publish("", "--repeat=2").code).isEqualTo(2);
    assertThat(publish("", "/not/there").code).isEqualTo(2);
    Run run = publish(InputStream.nullInputStream(), Map.of(), "-a", "me");
    assertThat(run.code).isEqualTo(2);
    assertThat(run.err).contains("--account: me (expected: a UUID)");
    Run url =
        publish(InputStream.nullInputStream(), Map.of(), "-a", account, "-r", "x://:s3cret@h");
    assertThat(url.code).isEqualTo(2);
    assertThat(url.err).doesNotContain("s3cret");
  }
}
