package luna.sender.testing;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.search.Search;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.AccountMetrics;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A started service and its Redis.
 *
 * <p>Owner: one test thread.
 */
final class RunningService implements AutoCloseable {
  private static final String PORT = "LUNA_SENDER_HTTP_SETTINGS__PORT";
  private static final Duration CLIENTS_GONE = Duration.ofSeconds(3);

  private final Map<String, String> environment;
  private final TestRedis redis;
  private final Map<Meter.Id, Double> countersBefore = new HashMap<>();
  private Sender sender;

  /** Whether a test may have changed more than accounts, clients and events. */
  private boolean touched;

  RunningService(Map<String, String> environment, String... directives) {
    this.environment = new HashMap<>(environment);
    redis = new TestRedis(directives);
    this.environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    // A client that reconnects during a restart could take a port that the system selects.
    this.environment.computeIfPresent(
        PORT, (key, port) -> port.equals("0") ? Integer.toString(FreePorts.next()) : port);
    start();
  }

  private void start() {
    sender = await(Sender.start(ConfigLoader.load(null, environment)));
    awaitRedis();
  }

  void awaitRedis() {
    int bridges = Integer.parseInt(environment.getOrDefault("REDIS_DB_ADDRESS__BRIDGES", "1"));
    until("Redis is connected", () -> metric("luna_sender_bridges_ready") == bridges);
  }

  void restart() {
    touched = true;
    await(sender.stop());
    countersBefore.clear();
    start();
  }

  int port() {
    return sender.port();
  }

  TestRedis redis() {
    return redis;
  }

  Sender sender() {
    touched = true;
    return sender;
  }

  AccountMetrics accounts() {
    return sender.metrics().accounts();
  }

  /** Resets the counters to 0. */
  void markCounters() {
    countersBefore.clear();
    for (Meter meter : sender.metrics().registry().getMeters()) {
      countersBefore.put(meter.getId(), counted(meter));
    }
  }

  double metric(String name, String... tags) {
    Search search = sender.metrics().registry().find(name).tags(tags);
    double sum = search.gauges().stream().mapToDouble(Gauge::value).sum();
    for (Meter meter : search.meters()) {
      sum += counted(meter) - countersBefore.getOrDefault(meter.getId(), 0.0);
    }
    return sum;
  }

  private static double counted(Meter meter) {
    if (meter instanceof Counter counter) {
      return counter.count();
    }
    return meter instanceof FunctionCounter counter ? counter.count() : 0;
  }

  /** Closes the test's clients; returns whether the service is in its initial state. */
  boolean isAsStarted() {
    if (touched || redis.isTouched()) {
      return false;
    }
    TestSocket.closeAll(port());
    try {
      until("clients are disconnected", CLIENTS_GONE, () -> metric("luna_sender_connections") == 0);
    } catch (ConditionTimeoutException stillThere) {
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    await(sender.stop());
    redis.close();
  }
}
