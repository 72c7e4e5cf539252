package luna.sender.testing;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The packaged jar as a process of its own, on a free port, as its users start it.
 *
 * <p>Errors: {@link #start} fails if the process is not ready within a minute: a JVM that shares
 * two busy cores needs some 20 s.
 */
public final class PackagedSender implements AutoCloseable {
  private static final String TLS = "LUNA_SENDER_HTTP_SETTINGS__TLS__ENABLED";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().sslContext(TestCertificates.trustingAll()).build();

  private final Process process;
  private final Path output;
  private final int port;
  private final String scheme;

  private PackagedSender(Process process, Path output, int port, String scheme) {
    this.process = process;
    this.output = output;
    this.port = port;
    this.scheme = scheme;
  }

  /**
   * Starts {@code java JVM-OPTIONS -jar luna-sender.jar run} and waits until it is ready.
   *
   * @param environment the configuration, as {@code SECTION__KEY}; wins over the defaults of this
   */
  public static PackagedSender start(
      TestRedis redis, Map<String, String> environment, String... jvmOptions) throws Exception {
    return start(PackagedCommand.jar(), redis, environment, jvmOptions);
  }

  /** As {@link #start(TestRedis, Map, String...)}, with another jar. */
  public static PackagedSender start(
      Path jar, TestRedis redis, Map<String, String> environment, String... jvmOptions)
      throws Exception {
    Path output = Files.createTempFile("luna-sender", ".log");
    Redirect toFile = Redirect.to(output.toFile());
    return start(jar, redis, environment, output, toFile, jvmOptions);
  }

  /** Its standard output and error are one pipe, which is read by the test or by nobody. */
  public static PackagedSender startUnread(TestRedis redis, Map<String, String> environment)
      throws Exception {
    Path jar = PackagedCommand.jar();
    Path nothing = Files.createTempFile("luna-sender", ".log");
    return start(jar, redis, environment, nothing, Redirect.PIPE, PackagedCommand.FAST_START);
  }

  private static PackagedSender start(
      Path jar,
      TestRedis redis,
      Map<String, String> environment,
      Path output,
      Redirect redirect,
      String... jvmOptions)
      throws Exception {
    int port = FreePorts.next();
    List<String> command = new ArrayList<>();
    command.add(PackagedCommand.java());
    if (jar.equals(PackagedCommand.jar())) {
      command.add(ClassDataArchive.option(jar));
    }
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-jar", jar.toString(), "run"));
    Map<String, String> settings = new TreeMap<>();
    settings.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port));
    settings.put("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    settings.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    settings.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", Service.PROBE_TIMEOUT);
    settings.put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", Service.CONNECT_TIMEOUT);
    settings.put(PackagedCommand.WARM_UP, "0");
    settings.putAll(environment);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(settings);
    Process process = builder.redirectErrorStream(true).redirectOutput(redirect).start();
    PackagedSender sender =
        new PackagedSender(process, output, port, settings.containsKey(TLS) ? "https" : "http");
    try {
      until(
          "the packaged jar is ready",
          PackagedCommand.START,
          () -> sender.status("/readyz") == 200);
    } catch (Throwable notReady) {
      sender.close();
      throw notReady;
    }
    return sender;
  }

  public int port() {
    return port;
  }

  public Process process() {
    return process;
  }

  /** Sends a signal, such as STOP, which freezes the process, or CONT. */
  public void signal(String name) throws Exception {
    if (process.isAlive()) {
      String pid = Long.toString(process.pid());
      assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor())
          .isZero();
    }
  }

  /** What the process has printed until now, on standard output and standard error. */
  public String output() {
    try {
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Waits until the process has printed a line that contains all of these texts. */
  public void awaitLine(String... texts) {
    TestLog.awaitLine(() -> output().lines(), texts);
  }

  /** The status of a GET, or 0 if there was no answer. */
  public int status(String path) throws InterruptedException {
    try {
      return HTTP.send(request(path), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException noAnswer) {
      return 0;
    }
  }

  /** The body of a GET. */
  public String body(String path) throws IOException, InterruptedException {
    return HTTP.send(request(path), HttpResponse.BodyHandlers.ofString()).body();
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port + path)).build();
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    Files.deleteIfExists(output);
  }
}
