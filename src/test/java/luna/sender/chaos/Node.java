package luna.sender.chaos;

import static luna.sender.testing.Waiting.until;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import luna.sender.testing.FreePorts;

/**
 * One node of the service: the built jar in its own process.
 *
 * <p>Owner: one thread.
 */
final class Node implements AutoCloseable {
  private static final Pattern SERIES =
      Pattern.compile(
          "luna_sender_account_(events|dropped)_total\\{account=\"([^\"]+)\",\\w+=\"(\\w+)\"\\} (\\S+)");
  private static final Pattern RECORDER =
      Pattern.compile("(?m)^luna_sender_history_recorder(\\{[^}]*})? 1(\\.0)?$");
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** Three nodes start at once, and share the machine with others. */
  private static final Duration START = Duration.ofMinutes(3);

  private final Path jar;
  private final Path log;
  private final int sentinelPort;
  private final boolean history;
  private final int port;
  private Process process;

  Node(Path jar, Path log, int sentinelPort, boolean history) throws IOException {
    this.jar = jar;
    this.log = log;
    this.sentinelPort = sentinelPort;
    this.history = history;
    port = FreePorts.next();
    process = start();
  }

  int port() {
    return port;
  }

  private Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-jar",
            jar.toString());
    builder
        .environment()
        .putAll(
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__HOST",
                "127.0.0.1",
                "LUNA_SENDER_HTTP_SETTINGS__PORT",
                Integer.toString(port),
                "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS",
                "1",
                "LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_SPREAD",
                "2",
                "LUNA_SERVICE_METRICS__ACCOUNT_SERIES",
                "1",
                "LUNA_SENDER_HISTORY__MODE",
                history ? "redis" : "off",
                "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
                RedisPair.MASTER,
                "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
                "127.0.0.1:" + sentinelPort));
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(file()));
    return builder.start();
  }

  private File file() {
    return log.toFile();
  }

  void awaitReady() {
    until("the node is ready", START, () -> get("/readyz").contains("true"));
  }

  private String get(String path) {
    try {
      return HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException notYet) {
      return "";
    } catch (InterruptedException ending) {
      throw new IllegalStateException(ending);
    }
  }

  /** Returns how many accounts have counters that do not balance. */
  long unbalancedAccounts() {
    Map<String, Map<String, Double>> counters = new HashMap<>();
    Matcher series = SERIES.matcher(get("/metrics"));
    while (series.find()) {
      counters
          .computeIfAbsent(series.group(2), absent -> new HashMap<>())
          .merge(
              series.group(1).equals("dropped") ? "dropped" : series.group(3),
              Double.parseDouble(series.group(4)),
              Double::sum);
    }
    if (counters.isEmpty()) {
      throw new IllegalStateException(
          "counters of " + port + ": none (expected: of some accounts)");
    }
    return counters.values().stream()
        .filter(
            account ->
                !of(account, "received").equals(of(account, "matched") + of(account, "unmatched"))
                    || !of(account, "matched")
                        .equals(of(account, "delivered") + of(account, "dropped")))
        .count();
  }

  private static Double of(Map<String, Double> account, String name) {
    return account.getOrDefault(name, 0.0);
  }

  void freeze() throws Exception {
    signal("STOP");
  }

  void thaw() throws Exception {
    signal("CONT");
  }

  /** Returns whether the node is the recorder of the history. */
  boolean isRecorder() {
    return RECORDER.matcher(get("/metrics")).find();
  }

  /** Returns the metrics of the history, to explain a failed run. */
  String historyMetrics() {
    return "node %d: %s"
        .formatted(
            port,
            get("/metrics")
                .lines()
                .filter(
                    line ->
                        line.matches(
                            "luna_sender_(history|replay|gap|bridges|ready|clients|sockets).*"))
                .collect(Collectors.joining(", ")));
  }

  /** Kills the process (SIGKILL), and starts a new one in its place. */
  void kill() throws Exception {
    process.destroyForcibly().waitFor();
    process = start();
  }

  /** Sends SIGTERM, waits for the end, and starts a new process in its place. */
  void replace() throws Exception {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("node " + port + ": runs (expected: ended by SIGTERM)");
    }
    process = start();
  }

  private void signal(String name) throws Exception {
    run("kill", "-" + name, Long.toString(process.pid()));
  }

  /** Returns the live heap after a collection, in KiB. */
  long liveHeapKib() throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    run(jcmd, Long.toString(process.pid()), "GC.run");
    Matcher used = USED.matcher(run(jcmd, Long.toString(process.pid()), "GC.heap_info"));
    long sum = 0;
    // Young and old generation; the following lines are not the heap.
    for (int i = 0; i < 2 && used.find(); i++) {
      sum += Long.parseLong(used.group(1));
    }
    return sum;
  }

  private static String run(String... words) throws Exception {
    Process run = new ProcessBuilder(words).redirectErrorStream(true).start();
    String output =
        new String(run.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    run.waitFor();
    return output;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
