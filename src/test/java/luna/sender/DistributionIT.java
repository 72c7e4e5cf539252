package luna.sender;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests the packed distribution, unpacked to a path with unusual characters. */
final class DistributionIT {
  private static final Path ARCHIVE =
      Path.of(System.getProperty("luna.sender.jar"))
          .resolveSibling("luna-sender-" + System.getProperty("luna.sender.version") + ".tar.gz");

  @RegisterExtension final Service service = Service.shared();

  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();
  private Path home;
  private int files;

  private record Run(int code, String out, String err) {}

  private record Started(Process process, Path out, Path err) {
    Run end() throws Exception {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }

  @BeforeEach
  void unpack() throws Exception {
    Path place = Files.createDirectories(directory.resolve("a place with spaces & $signs"));
    Process tar =
        new ProcessBuilder("tar", "xzf", ARCHIVE.toString(), "-C", place.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    try (var children = Files.list(place)) {
      home = children.toList().get(0);
    }
  }

  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void archiveContainsAllFiles() {
    assertThat(home.getFileName().toString()).matches("luna-sender-[0-9.]+");
    for (String file :
        List.of(
            "lib/luna-sender.jar",
            "conf/config.yaml",
            "conf/jvm.options",
            "conf/grafana/luna-sender.json",
            "conf/prometheus/alerts.yaml",
            "manual/index.html",
            "completion/luna-sender.bash",
            "systemd/luna-sender.service",
            "CHANGELOG.md",
            "LICENSE",
            "README.md")) {
      assertThat(home.resolve(file)).isRegularFile();
    }
    assertThat(home.resolve("bin/luna-sender")).isExecutable();
  }

  @Test
  void everyLinkOfTheReadmeLeadsIntoTheArchive() throws Exception {
    String readme = Files.readString(home.resolve("README.md"));
    List<String> targets =
        Pattern.compile("\\]\\(([^):]+)\\)")
            .matcher(readme)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(targets).hasSizeGreaterThan(10);
    assertThat(targets).allSatisfy(target -> assertThat(home.resolve(target)).exists());
    assertThat(readme)
        .startsWith("# Luna Sender " + System.getProperty("luna.sender.version") + "\n")
        .contains("tar xzf " + ARCHIVE.getFileName() + " -C /opt")
        .doesNotContain("${");
  }

  @Test
  void unitOfSystemdUsesThePathsOfTheReadmeAndTheArchive() throws Exception {
    String unit = Files.readString(home.resolve("systemd/luna-sender.service"));
    String readme = Files.readString(home.resolve("README.md"));
    List<String> below =
        Pattern.compile("/opt/luna-sender/([\\w./-]+)")
            .matcher(unit + readme)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(below).contains("bin/luna-sender", "systemd/luna-sender.service");
    assertThat(below).allSatisfy(path -> assertThat(home.resolve(path)).isRegularFile());
    assertThat(unit)
        .contains(
            "\nExecStart=/opt/luna-sender/bin/luna-sender run\n",
            "\nEnvironmentFile=-/etc/luna-sender/environment\n",
            "\nUser=luna-sender\n");
    assertThat(readme)
        .contains(
            "useradd --system --no-create-home luna-sender\n", "> /etc/luna-sender/environment\n");
  }

  @Test
  void linksOfTheAlertsLeadToThePublishedManualAfterTheCommandInTheirFile() throws Exception {
    Path folder = home.resolve("conf/prometheus");
    Path alerts = folder.resolve("alerts.yaml");
    String command =
        Files.readAllLines(alerts).stream()
            .filter(line -> line.startsWith("#   sed "))
            .map(line -> line.substring(1).strip())
            .findFirst()
            .orElseThrow();
    Process sed = new ProcessBuilder("sh", "-c", command).directory(folder.toFile()).start();
    assertThat(sed.waitFor()).isZero();
    String manual = Files.readString(home.resolve("manual/monitoring.html"));
    List<String> links =
        Files.readAllLines(alerts).stream()
            .map(String::strip)
            .filter(line -> line.startsWith("runbook_url: "))
            .toList();
    assertThat(links).hasSizeGreaterThan(20);
    assertThat(links)
        .allSatisfy(
            link -> {
              assertThat(link)
                  .startsWith(
                      "runbook_url: 'https://wiki.example.org/luna-sender/monitoring.html#");
              String anchor = link.substring(link.indexOf('#') + 1, link.length() - 1);
              assertThat(manual).contains("id=\"" + anchor + "\"");
            });
  }

  @Test
  void scriptStartsThroughALinkToALink() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), program());
    Path relative = Files.createDirectories(directory.resolve("bin dir")).resolve("luna-sender");
    Files.createSymbolicLink(relative, Path.of("../link"));
    assertThat(link).isSymbolicLink();
    Run run = start(Map.of(), relative.toString(), "--version").end();
    assertThat(run.code).isZero();
    assertThat(run.out.strip()).matches("luna-sender [0-9.]+");
    assertThat(run.err).isEmpty();
  }

  @Test
  void tailInAShellPipeEndsWithItsReader() throws Exception {
    String account = Service.account();
    Started piped =
        start(
            Map.of("LUNA_SENDER_ACCOUNT", account),
            "bash",
            "-c",
            "set -o pipefail; \"$0\" tail -u http://127.0.0.1:" + service.port() + " | head -n 1",
            program().toString());
    until("it listens", () -> Files.readString(piped.err).contains("connected to"));
    // The second write fails, because the reader has ended.
    until(
        "the reader goes",
        () -> {
          service.redis().publish(account, payload(event("one")));
          return !piped.process.isAlive();
        });
    Run run = piped.end();
    assertThat(run.code).isZero();
    assertThat(run.out.lines()).hasSize(1);
    assertThat(run.err.lines()).hasSize(1);
  }

  @Test
  void ctrlCEndsTailWith130AndAClose() throws Exception {
    Started tail =
        start(
            Map.of("LUNA_SENDER_ACCOUNT", Service.account()),
            program().toString(),
            "tail",
            "-u",
            "http://127.0.0.1:" + service.port());
    until("it listens", () -> Files.readString(tail.err).contains("connected to"));
    Process kill = new ProcessBuilder("kill", "-INT", "" + tail.process.pid()).start();
    assertThat(kill.waitFor()).isZero();
    Run run = tail.end();
    assertThat(run.code).isEqualTo(130);
    assertThat(run.err.lines()).hasSize(1);
    until(
        "the service was told",
        () -> service.metric("luna_sender_closes", "reason", "client") == 1);
  }

  @Test
  void runUsesJvmOptionsAndConfigurationOfTheDistribution() throws Exception {
    Files.writeString(home.resolve("conf/config.yaml"), "REDIS_DB_ADDRESS:\n  NUMBER: 7\n");
    Run checked = start(Map.of(), program().toString(), "check-config").end();
    assertThat(checked.code).isZero();
    assertThat(checked.out).contains("\"NUMBER\" : 7");
    Files.writeString(home.resolve("conf/jvm.options"), "-XX:+PrintCommandLineFlags\n-Xmx77m\n");
    Run service = start(Map.of(), program().toString(), "-c", "/not/there", "run").end();
    assertThat(service.code).isEqualTo(1);
    assertThat(service.out).contains("-XX:MaxHeapSize=80740352");
  }

  @Test
  void onlyTheDemoDoesNotUseTheConfigurationWhichListensOnAllAddresses() throws Exception {
    Path java = Files.createDirectories(directory.resolve("java/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"config=$LUNA_SENDER_CONFIG\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(directory.resolve("java/release"), "JAVA_VERSION=\"17.0.1\"\n");
    Map<String, String> environment = Map.of("JAVA_HOME", directory.resolve("java").toString());
    Run run = start(environment, program().toString(), "run").end();
    assertThat(run.out).isEqualTo("config=" + home.toRealPath() + "/conf/config.yaml\n");
    Run demo = start(environment, program().toString(), "demo").end();
    assertThat(demo.out).isEqualTo("config=\n");
  }

  @Test
  void trainRecordsACacheThatRunUses() throws Exception {
    // The JVM shares no classes of a jar whose URL is percent-encoded.
    home = Files.move(home, directory.resolve("luna-sender"));
    Run trained = start(Map.of(), program().toString(), "train", "--duration", "1s").end();
    assertThat(trained.code).as(trained.out + trained.err).isZero();
    Path loaded = directory.resolve("loaded.log");
    Map<String, String> logging = Map.of("JAVA_OPTS", "-Xlog:class+load:file=" + loaded);
    Run run = start(logging, program().toString(), "-c", "/not/there", "run").end();
    assertThat(run.code).isEqualTo(1);
    assertThat(run.err.lines()).hasSize(1);
    assertThat(Files.readString(loaded))
        .containsPattern("luna.sender.cli.Main source: shared objects file");
  }

  @Test
  void missingOrOldJavaIsReportedInOneLine() throws Exception {
    Run none = start(Map.of("JAVA_HOME", "/not/there"), program().toString(), "--version").end();
    assertThat(none.code).isEqualTo(1);
    assertThat(none.err)
        .isEqualTo("luna-sender: JAVA_HOME: /not/there (expected: a JDK or JRE, 17 or later)\n");
    Path old = directory.resolve("old java");
    Files.createDirectories(old.resolve("bin"));
    Path java =
        Files.writeString(
            old.resolve("bin/java"), "#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Run eight = start(Map.of("JAVA_HOME", old.toString()), program().toString(), "--version").end();
    assertThat(eight.code).isEqualTo(1);
    assertThat(eight.err)
        .isEqualTo("luna-sender: JAVA_HOME: " + old + " is Java 8 (expected: 17 or later)\n");
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    Run eleven =
        start(Map.of("JAVA_HOME", old.toString()), program().toString(), "--version").end();
    assertThat(eleven.err).contains("is Java 11 (expected: 17 or later)");
  }

  @Test
  void completionOffersCommandsOptionsAndFilters() throws Exception {
    assertThat(completions("luna-sender ta")).containsExactly("tail");
    assertThat(completions("luna-sender tail --tok")).containsExactly("--token-file");
    assertThat(completions("luna-sender tail gen")).contains("gender=");
    assertThat(completions("luna-sender publish --dr")).containsExactly("--dry-run");
  }

  /** Returns what bash offers after the last word of a line. */
  private List<String> completions(String line) throws Exception {
    String script =
        """
        # It is there only while somebody types.
        compopt() { :; }
        source "$0"; COMP_LINE="$1"; read -ra COMP_WORDS <<< "$1"
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        _complete_luna-sender luna-sender "${COMP_WORDS[COMP_CWORD]}" luna-sender
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    Path file = home.resolve("completion/luna-sender.bash");
    Run run = start(Map.of(), "bash", "-c", script, file.toString(), line).end();
    assertThat(run.err).isEmpty();
    return run.out.lines().map(String::strip).toList();
  }

  private Path program() {
    return home.resolve("bin/luna-sender");
  }

  private Started start(Map<String, String> environment, String... command) throws IOException {
    Path out = directory.resolve("out-" + files);
    Path err = directory.resolve("err-" + files++);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return new Started(process, out, err);
  }
}
