package luna.sender.testing;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.search.Search;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.ops.AccountBook;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The service in this JVM, on a free port, with a Redis of its own: fresh for each test.
 *
 * <p>Shape: {@code @RegisterExtension final Service service = new Service(environment...)}.
 *
 * <p>Errors: after each test it fails it if the books don't balance, or if a warning was logged
 * that the test did not expect.
 */
public final class Service implements BeforeEachCallback, AfterEachCallback {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Map<String, String> environment = new HashMap<>();
  private final Collection<String> expectedWarnings = new ConcurrentLinkedQueue<>();
  private final String[] directives;
  private TestRedis redis;
  private Sender sender;
  private TestLog log;

  /** With environment variables as {@code NAME=value}. */
  public Service(String... environment) {
    this(new String[0], environment);
  }

  /** With directives for redis.conf too. */
  public Service(String[] directives, String... environment) {
    this.directives = directives;
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "2");
    for (String variable : environment) {
      String[] parts = variable.split("=", 2);
      this.environment.put(parts[0], parts[1]);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    log = TestLog.listen();
    redis = new TestRedis(directives);
    environment.putIfAbsent("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    sender = await(Sender.start(ConfigLoader.load(null, environment)));
    awaitRedis();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    try {
      if (context.getExecutionException().isEmpty()) {
        until("the books balance", this::balanced);
      }
    } finally {
      await(sender.stop());
      redis.close();
      log.detach();
    }
    if (context.getExecutionException().isEmpty()) {
      assertThat(log.unexpected(expectedWarnings)).as("unexpected warnings").isEmpty();
    }
  }

  /** A warning whose text contains this is a part of the test. */
  public void expectWarning(String text) {
    expectedWarnings.add(text);
  }

  /** The warnings and errors so far that contain this: logger, message, keys and values. */
  public List<String> warnings(String text) {
    return log.lines().stream().filter(line -> line.contains(text)).toList();
  }

  public int port() {
    return sender.port();
  }

  public TestRedis redis() {
    return redis;
  }

  public Sender sender() {
    return sender;
  }

  /** Stops it, clients and all, and starts it on the same port; its metrics begin at 0. */
  public void restart() {
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port()));
    await(sender.stop());
    sender = await(Sender.start(ConfigLoader.load(null, environment)));
    awaitRedis();
  }

  /** A client of this service. */
  public TestSocket open(String account, String query) {
    return TestSocket.open(port(), account, query);
  }

  /** An account that no other test has. */
  public static String account() {
    return UUID.randomUUID().toString();
  }

  /** Waits until all bridges are connected and hear themselves. */
  public void awaitRedis() {
    int bridges = Integer.parseInt(environment.getOrDefault("REDIS_DB_ADDRESS__BRIDGES", "1"));
    until("Redis is connected", () -> metric("luna_sender_bridges_ready") == bridges);
  }

  /** A GET, with headers as name, value, name, value... */
  public HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, headers);
  }

  public HttpResponse<String> send(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
            .version(HttpClient.Version.HTTP_1_1)
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (java.io.IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  /** The sum of a counter or gauge over its series that have these tags: name, value... */
  public double metric(String name, String... tags) {
    Search search = sender.metrics().registry().find(name).tags(tags);
    double sum = search.counters().stream().mapToDouble(Counter::count).sum();
    sum += search.functionCounters().stream().mapToDouble(FunctionCounter::count).sum();
    return sum + search.gauges().stream().mapToDouble(gauge -> gauge.value()).sum();
  }

  /** In all, and for each account. */
  private boolean balanced() {
    return metric("luna_sender_events_matched")
            == metric("luna_sender_events_delivered") + metric("luna_sender_events_dropped")
        && sender.metrics().books().sums().stream().allMatch(AccountBook.Sums::balance);
  }
}
