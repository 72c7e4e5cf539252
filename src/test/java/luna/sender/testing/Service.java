package luna.sender.testing;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

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
import luna.sender.metrics.AccountCounters;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The service in this JVM, on a free port, with its own Redis.
 *
 * <p>Shape: {@code @RegisterExtension final Service service = new Service(environment...)} starts
 * both for each test. {@code Service.shared(environment...)} shares them between tests with the
 * same configuration, until one leaves them changed. In both cases counters begin at 0 in each
 * test.
 *
 * <p>Errors: a test fails afterwards if the delivery counters do not balance, or if an unexpected
 * warning was logged.
 */
public final class Service implements BeforeEachCallback, AfterEachCallback {
  /** In seconds; a busy machine may exceed the default, which loses events. */
  static final String PROBE_TIMEOUT = "30";

  /** In seconds; a busy machine may exceed the default, which logs a warning. */
  static final String CONNECT_TIMEOUT = "10";

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Map<String, String> environment = new HashMap<>();
  private final Collection<String> expectedWarnings = new ConcurrentLinkedQueue<>();
  private final String[] directives;
  private final boolean shared;
  private RunningService running;
  private TestLog log;

  /** Creates a service with environment variables as {@code NAME=value}. */
  public Service(String... environment) {
    this(new String[0], environment);
  }

  /** Also with directives for redis.conf. */
  public Service(String[] directives, String... environment) {
    this(false, directives, environment);
  }

  private Service(boolean shared, String[] directives, String... environment) {
    this.shared = shared;
    this.directives = directives;
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    this.environment.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "2");
    for (String variable : environment) {
      String[] parts = variable.split("=", 2);
      this.environment.put(parts[0], parts[1]);
    }
    this.environment.putIfAbsent("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    this.environment.putIfAbsent("REDIS_DB_ADDRESS__PROBE_TIMEOUT", PROBE_TIMEOUT);
    this.environment.putIfAbsent("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", CONNECT_TIMEOUT);
  }

  /**
   * Returns a service that is shared with other tests, for tests that only add accounts, clients
   * and events.
   */
  public static Service shared(String... environment) {
    return new Service(true, new String[0], environment);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    log = TestLog.listen();
    running =
        shared
            ? ServicePool.of(context).take(environment)
            : new RunningService(environment, directives);
    running.markCounters();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    boolean passed = context.getExecutionException().isEmpty();
    boolean kept = false;
    try {
      if (passed) {
        until("the counters balance", this::balanced);
        kept = shared && running.isAsStarted();
      }
    } finally {
      if (kept) {
        ServicePool.of(context).put(environment, running);
      } else {
        running.close();
      }
      log.detach();
    }
    if (passed) {
      assertThat(log.unexpected(expectedWarnings)).as("unexpected warnings").isEmpty();
    }
  }

  /** Expects warnings that contain this text. */
  public void expectWarning(String text) {
    expectedWarnings.add(text);
  }

  /**
   * Returns the warnings and errors so far that contain this text: logger, message, keys and
   * values.
   */
  public List<String> warnings(String text) {
    return log.lines(text);
  }

  /** Waits for a warning or error that contains all of these texts, and returns its line. */
  public String awaitWarning(String... texts) {
    return log.awaitLine(texts);
  }

  public int port() {
    return running.port();
  }

  public TestRedis redis() {
    return running.redis();
  }

  public Sender sender() {
    return running.sender();
  }

  /** Restarts the service on the same port; its clients are closed, and its metrics begin at 0. */
  public void restart() {
    running.restart();
  }

  /** Opens a client of this service. */
  public TestSocket open(String account, String query) {
    return TestSocket.open(port(), account, query);
  }

  /** Returns an account that no other test has. */
  public static String account() {
    return UUID.randomUUID().toString();
  }

  /** Waits until all bridges are connected and receive their canaries. */
  public void awaitRedis() {
    running.awaitRedis();
  }

  /** Sends a GET, with headers as name, value, name, value and so on. */
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

  /**
   * Returns the sum of a counter or gauge over its series with these tags: name, value and so on.
   * Counters begin at 0 in each test.
   */
  public double metric(String name, String... tags) {
    return running.metric(name, tags);
  }

  /** Checks the counters in total and of each account. */
  private boolean balanced() {
    return metric("luna_sender_events_matched")
            == metric("luna_sender_events_delivered") + metric("luna_sender_events_dropped")
        && running.accounts().sums().stream().allMatch(AccountCounters.Sums::balance);
  }
}
