package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.Service;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests the command {@code tail} with our own service. */
final class TailCommandIT {
  @RegisterExtension final Service service = Service.shared();

  @TempDir Path directory;

  private final String account = Service.account();

  /** A command that runs in its own thread. */
  private final class Running {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final StringWriter err = new StringWriter();
    private final CompletableFuture<Integer> code;

    Running(Map<String, String> environment, String... arguments) {
      this(environment, null, arguments);
    }

    Running(Map<String, String> environment, @Nullable OutputStream other, String... arguments) {
      List<String> all = new ArrayList<>(List.of(arguments));
      if (all.stream().noneMatch(argument -> argument.startsWith("--url="))) {
        all.add("--url=http://127.0.0.1:" + service.port());
      }
      CommandLine command =
          new CommandLine(new TailCommand(other == null ? out : other, environment))
              .setOut(new PrintWriter(err, true))
              .setErr(new PrintWriter(err, true))
              .setCaseInsensitiveEnumValuesAllowed(true);
      code = CompletableFuture.supplyAsync(() -> command.execute(all.toArray(String[]::new)));
    }

    Running awaitOpen() {
      until("connected: " + err, () -> err.toString().contains("connected to"));
      return this;
    }

    int code() throws Exception {
      return code.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    List<String> lines() {
      return out.toString(UTF_8).lines().toList();
    }

    String err() {
      return err.toString();
    }
  }

  private Running tail(String... arguments) {
    return new Running(Map.of(), arguments);
  }

  @Test
  void matchingEventsArePrintedByteForByte() throws Exception {
    Running tail =
        tail(
                "-a",
                account,
                "--limit=2",
                "gender=1",
                "cities=Washington%2C D.C.,New York",
                "--filter=age__gte=18&tags=a+b")
            .awaitOpen();
    String wanted =
        """
        { "event_id":"%s","tags":["a b"], "pi":3.1400, "odd":"\\u0041ß😀",\
        "location":{"city":"%s"},"face_attributes":{"basic_attributes":{"gender":1,"age":18}}}""";
    service
        .redis()
        .publish(account, payload("[" + wanted.formatted("1", "Washington, D.C.") + "]"));
    service.redis().publish(account, payload("[" + wanted.formatted("no", "Washington") + "]"));
    service
        .redis()
        .publish(Service.account(), payload("[" + wanted.formatted("other", "New York") + "]"));
    service.redis().publish(account, payload("[" + wanted.formatted("2", "New York") + "]"));
    assertThat(tail.code()).isZero();
    assertThat(tail.lines()).hasSize(2);
    assertThat(tail.lines().get(0)).contains(wanted.formatted("1", "Washington, D.C."));
    assertThat(tail.lines().get(1)).contains(wanted.formatted("2", "New York"));
  }

  @Test
  void silenceWithPingsAndPongsPrintsNothing() throws Exception {
    Running quiet = tail("-a", account, "--ping-interval=20ms", "--for=2s", "--limit=1");
    Running people = tail("-a", account, "--no-json", "--ping-interval=20ms", "--for=2s");
    assertThat(quiet.code()).isZero();
    assertThat(people.code()).isZero();
    assertThat(quiet.lines()).isEmpty();
    assertThat(people.lines()).isEmpty();
    assertThat(quiet.err()).doesNotContain("nothing received", "lost");
  }

  @Test
  void pongBetweenFragmentsDoesNotChangeAnEvent() throws Exception {
    Running tail = tail("-a", account, "--ping-interval=20ms", "--limit=20").awaitOpen();
    for (int i = 0; i < 20; i++) {
      service
          .redis()
          .publish(account, payload(with(event("e" + i), "source", "x".repeat(100_000))));
    }
    assertThat(tail.code()).isZero();
    assertThat(tail.lines()).hasSize(20).allMatch(line -> line.length() > 100_000);
  }

  @Test
  void textLineHasColoursOnlyWhenRequested() throws Exception {
    Running plain = tail("-a", account, "--no-json", "--limit=1").awaitOpen();
    Running coloured = tail("-a", account, "--no-json", "--limit=1", "--color=always").awaitOpen();
    service.redis().publish(account, payload(with(event("e"), "source", "cam 1")));
    assertThat(plain.code()).isZero();
    assertThat(coloured.code()).isZero();
    assertThat(plain.lines()).containsExactly("14:15:22  cam 1");
    assertThat(coloured.lines().get(0)).contains("\u001b[1mcam 1\u001b[0m");
  }

  @Test
  void messageOfManyMebibytesIsOneLine() throws Exception {
    Running tail = tail("-a", account, "--limit=1").awaitOpen();
    String large = "x".repeat(700_000);
    service.redis().publish(account, payload(with(event("e"), "user_data", large)));
    assertThat(tail.code()).isZero();
    assertThat(tail.lines()).singleElement().asString().contains(large);
  }

  @Test
  void durationEndsItWithoutAnEvent() throws Exception {
    Running tail = tail("-a", account, "--for=100ms", "--quiet");
    assertThat(tail.code()).isZero();
    assertThat(tail.lines()).isEmpty();
    assertThat(tail.err()).isEmpty();
  }

  @Test
  void gapsAreInTheirPlace() throws Exception {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Gap closed");
    Running json = tail("-a", account, "--json", "--gaps", "--limit=1").awaitOpen();
    Running text = tail("-a", account, "--no-json", "--gaps", "--limit=1").awaitOpen();
    service.redis().command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes");
    until("the gap is printed", () -> text.err().contains("gap: events may be missing between"));
    assertThat(text.err()).containsSubsequence("interrupted: events may be missing since", "gap:");
    service.redis().publish(account, payload(event("after")));
    assertThat(json.code()).isZero();
    assertThat(json.lines()).hasSize(3);
    assertThat(json.lines().get(0)).startsWith("{\"interruption\":{\"from\":");
    assertThat(json.lines().get(1)).startsWith("{\"gap\":{\"from\":");
    assertThat(json.lines().get(2)).contains("after");
    assertThat(text.code()).isZero();
    assertThat(text.lines()).hasSize(1);
  }

  @Test
  void invalidFilterIsReportedWithTheServersError() throws Exception {
    Running tail = tail("-a", account, "gender=1", "age__gte=x");
    assertThat(tail.code()).isEqualTo(2);
    assertThat(tail.err())
        .isEqualTo(
            "luna-sender: rejected with HTTP 400: Bad query parameters: age__gte: x"
                + " (expected: an integer of 0 or more)\n");
  }

  @Test
  void oddFilterCausesWarnings() throws Exception {
    Running tail =
        tail("-a", account, "gendr=1", "age__gte=2", "age__lt=1", "--for=100ms", "--quiet");
    assertThat(tail.code()).isZero();
    assertThat(tail.err())
        .contains(
            "warning: the server ignores unknown parameters: gendr\n",
            "warning: gendr: unknown (did you mean gender?)\n",
            "warning: age__lt: 1 (expected: more than age__gte=2)\n");
  }

  @Test
  void unavailableServerIsExitCode1() throws Exception {
    Running tail = tail("-a", account, "--url=http://127.0.0.1:1");
    assertThat(tail.code()).isEqualTo(1);
    assertThat(tail.err()).contains("cannot connect to ws://127.0.0.1:1/2/ws: ", "refused");
  }

  @Test
  void wrongCommandLineIsExitCode2() throws Exception {
    assertThat(tail().code()).isEqualTo(2);
    assertThat(tail("-a", account, "gender").code()).isEqualTo(2);
    assertThat(tail("-a", account, "--limit=0").code()).isEqualTo(2);
    assertThat(tail("-a", account, "--for=soon").code()).isEqualTo(2);
    assertThat(tail("-a", account, "--token-file=/nowhere").code()).isEqualTo(2);
    Running token = tail("-a", account, "--token=s3cret");
    assertThat(token.code()).isEqualTo(2);
    assertThat(token.err()).contains("--token-file");
  }

  @Test
  void slowReaderOfTheOutputDoesNotDisconnect() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("one byte at a time");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            gate.join();
            written.write(bytes, offset, length);
          }
        };
    Running tail = new Running(Map.of(), stuck, "-a", account, "--limit=40").awaitOpen();
    String large = "x".repeat(500_000);
    for (int i = 0; i < 40; i++) {
      service.redis().publish(account, payload(with(event("e" + i), "user_data", large)));
      int sent = i + 1;
      // The command has read this, or the service queues it; its queue is far below the limit.
      until("sent", () -> service.metric("luna_sender_events_matched") == sent);
      if (i == 20) {
        gate.complete(null);
      }
    }
    assertThat(tail.code()).isZero();
    assertThat(written.toString(UTF_8).lines()).hasSize(40);
  }

  @Test
  void closedOutputEndsItQuietly() throws Exception {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    Running tail = new Running(Map.of(), gone, "-a", account, "--quiet");
    until("an event comes", () -> service.redis().publish(account, payload(event())) == 1);
    assertThat(tail.code()).isZero();
    assertThat(tail.err()).isEmpty();
  }

  @Test
  void tokenWithInvalidCharactersIsRejectedAndNotShown() throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "not a token\n");
    Running tail = tail("-a", account, "--token-file=" + file);
    assertThat(tail.code()).isEqualTo(2);
    assertThat(tail.err()).contains("--token-file: " + file).doesNotContain("not a token");
  }
}
