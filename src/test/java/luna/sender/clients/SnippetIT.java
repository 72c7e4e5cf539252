package luna.sender.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.clients.ClientRules.FILES;
import static luna.sender.clients.ClientRules.TOOLS;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.testing.Service;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs the programs that the console shows under "Copy as", exactly as they are shown. */
@Tag("clients")
final class SnippetIT {
  private static final Path CONSOLE = Path.of("src/main/resources/luna/sender/console");
  private static final String SECRET = "a secret of the tests with 32 bytes or more";

  /** Values in which each language has characters to quote. */
  private static final List<String> SOURCES = List.of("a,b", "it's \"$HOME\" \\ é");

  /** Prints the programs by their names. */
  private static final String PRINT =
      """
      import {FORMS} from './snippets.mjs';
      const {filter, ...stream} = JSON.parse(process.argv[2]);
      const all = FORMS.map(({id, make}) => [id, make({...stream, filter: new Map(Object.entries(filter))})]);
      console.log(JSON.stringify(Object.fromEntries(all)));
      """;

  @RegisterExtension final Service service = Service.shared();

  @RegisterExtension
  final Service guarded =
      Service.shared(
          "LUNA_SENDER_AUTH__MODE=jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS=HS256",
          "LUNA_SENDER_AUTH__SECRET=" + SECRET,
          "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
          "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE);

  @TempDir Path folder;

  private final String account = Service.account();

  @TestFactory
  Stream<DynamicTest> everyProgramReceivesTheEventsOfItsFilter() throws Exception {
    JsonObject programs = programs(service, false);
    assertThat(programs.fieldNames()).hasSizeGreaterThanOrEqualTo(8);
    return programs.fieldNames().stream()
        .map(id -> DynamicTest.dynamicTest(id, () -> run(service, id, programs.getString(id))));
  }

  /** The platform's own library is not known to send tokens. */
  @TestFactory
  Stream<DynamicTest> everyProgramSendsTheTokenOfItsEnvironment() throws Exception {
    JsonObject programs = programs(guarded, true);
    programs.remove("luna3");
    return programs.fieldNames().stream()
        .map(id -> DynamicTest.dynamicTest(id, () -> run(guarded, id, programs.getString(id))));
  }

  private JsonObject programs(Service at, boolean token) throws IOException, InterruptedException {
    Files.copy(CONSOLE.resolve("snippets.js"), folder.resolve("snippets.mjs"));
    String imported =
        Files.readString(folder.resolve("snippets.mjs")).replace("./query.js", "./query.mjs");
    Files.writeString(folder.resolve("snippets.mjs"), imported);
    Files.copy(CONSOLE.resolve("query.js"), folder.resolve("query.mjs"));
    Files.writeString(folder.resolve("print.mjs"), PRINT);
    JsonObject stream =
        new JsonObject()
            .put("origin", "http://127.0.0.1:" + at.port())
            .put("account", account)
            .put("token", token)
            .put(
                "filter",
                new JsonObject()
                    .put("gender", new JsonArray().add("1"))
                    .put("sources", new JsonArray(SOURCES)));
    Process node =
        new ProcessBuilder("node", "print.mjs", stream.encode())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(node.getInputStream().readAllBytes(), UTF_8);
    assertThat(node.waitFor()).isZero();
    return new JsonObject(output);
  }

  private void run(Service at, String id, String program) throws IOException {
    Path home = Files.createDirectories(folder.resolve(id));
    Path output = home.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command(id, program, home))
            .directory(id.equals("wscat") ? TOOLS.resolve("node").toFile() : home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("PYTHONUNBUFFERED", "1");
    builder.environment().put("PYTHONPATH", home.toString());
    builder.environment().put("LUNA_TOKEN", TestToken.of(account).hs256(SECRET));
    builder.environment().merge("PATH", home + ":", (path, own) -> own + path);
    Process process = builder.start();
    try {
      until(
          "it is connected",
          ClientProcess.PATIENCE,
          () -> {
            assertThat(process.isAlive()).as("%s", read(output)).isTrue();
            return at.metric("luna_sender_connections") == 1;
          });
      String prefix = id + "-";
      at.redis()
          .publish(
              account,
              payload(
                  seen(prefix + "woman", 0, SOURCES.get(0)),
                  seen(prefix + "elsewhere", 1, "a"),
                  seen(prefix + "first", 1, SOURCES.get(0)),
                  seen(prefix + "second", 1, SOURCES.get(1))));
      until("the events are shown", () -> read(output).contains(prefix + "second"));
      assertThat(read(output))
          .contains(prefix + "first")
          .doesNotContain(prefix + "woman", prefix + "elsewhere");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      until("it is disconnected", () -> at.metric("luna_sender_connections") == 0);
    }
  }

  private static JsonObject seen(String id, int gender, String source) {
    return with(event(id), "face_attributes.basic_attributes.gender", gender).put("source", source);
  }

  /** Writes the program to a file, and returns the command that runs it. */
  private static List<String> command(String id, String program, Path home) throws IOException {
    return switch (id) {
      case "tail" -> {
        Path launcher = home.resolve("luna-sender");
        String jar = System.getProperty("luna.sender.jar");
        Files.writeString(launcher, "#!/bin/sh\nexec java -jar '" + jar + "' \"$@\"\n");
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
        yield List.of("sh", write(home, "tail.sh", program));
      }
      case "wscat", "curl" -> List.of("sh", write(home, id + ".sh", program));
      case "python" -> List.of(python(), write(home, "client.py", program));
      case "luna3" -> {
        Path library = Files.createDirectories(home.resolve("luna3/sender"));
        Files.copy(FILES.resolve("luna3/wsclient.py"), library.resolve("wsclient.py"));
        yield List.of(python(), write(home, "client.py", program));
      }
      case "javascript" -> {
        String token = "const token = process.env.LUNA_TOKEN;\n";
        yield List.of(
            "node", "--experimental-websocket", write(home, "client.mjs", token + program));
      }
      case "java" -> List.of("java", write(home, "Client.java", program));
      case "go" -> {
        Files.copy(FILES.resolve("go/go.mod"), home.resolve("go.mod"));
        Files.copy(FILES.resolve("go/go.sum"), home.resolve("go.sum"));
        write(home, "main.go", program);
        yield List.of("go", "run", ".");
      }
      default -> throw new AssertionError(id + ": not run by this test");
    };
  }

  private static String python() {
    return TOOLS.resolve("python/bin/python3").toAbsolutePath().toString();
  }

  private static String write(Path home, String name, String program) throws IOException {
    return Files.writeString(home.resolve(name), program).toAbsolutePath().toString();
  }

  private static String read(Path output) {
    try {
      return new String(Files.readAllBytes(output), UTF_8);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
