package luna.sender.ops;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.influx.InfluxMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import luna.sender.config.InfluxMonitoring;
import luna.sender.config.ServiceMetrics;

/**
 * The books of this process.
 *
 * <p>Shape: the identities that hold whenever nothing is on its way: {@code matched = delivered +
 * dropped} (of all reasons), where each counts pairs of an event and a client; {@code payloads =
 * events' payloads + malformed}.
 *
 * <p>Units: seconds for times, as Prometheus has them.
 *
 * <p>Owner: thread-safe.
 */
public final class Metrics {
  private final PrometheusMeterRegistry prometheus =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final CompositeMeterRegistry registry =
      new CompositeMeterRegistry(Clock.SYSTEM, List.of(prometheus));

  private final Counter payloads = counter("luna_sender_payloads", "Payloads read from Redis");
  private final Counter events =
      counter("luna_sender_events_received", "Events read from Redis, one or more a payload");
  private final LongAdder matched =
      adder("luna_sender_events_matched", "Pairs of an event and a client that wants it");
  private final Counter shed =
      counter("luna_sender_events_shed", "Events left out unmatched, for too many were waiting");
  private final LagHistogram lag = new LagHistogram();
  private final GapLedger gaps = new GapLedger(registry);
  private final Books books;
  private final AtomicInteger connections =
      gauge("luna_sender_connections", "WebSockets that are open");
  private final AtomicInteger httpConnections =
      gauge("luna_sender_http_connections", "Connections that have not become a WebSocket");
  private final AtomicInteger handshaking =
      gauge("luna_sender_handshakes_waiting", "Handshakes that wait for Redis");
  private final AtomicInteger subscriptions =
      gauge("luna_sender_subscriptions", "Accounts whose channel Redis has confirmed");
  private final AtomicInteger redisConnected =
      gauge("luna_sender_redis_connected", "Bridges with a live connection to Redis");
  private final AtomicInteger bridgesReady =
      gauge("luna_sender_bridges_ready", "Bridges that have all subscriptions and hear themselves");
  private final ConcurrentMap<String, Counter> malformed = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counter> dropped = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counter> limited = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counter> handshakes = new ConcurrentHashMap<>();
  private final ConcurrentMap<Request, Timer> requests = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counter> closed = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counter> tlsReloads = new ConcurrentHashMap<>();
  private final LongAdder tlsFailures = new LongAdder();
  private final AtomicLong tlsExpirySeconds = new AtomicLong();

  private record Request(String operation, int status) {}

  /** Metrics for Prometheus alone, or for InfluxDB too where that is configured. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings) {
    books = new Books(settings.accountSeriesLimit());
    prometheus.getPrometheusRegistry().register(books);
    if (influx.sendDataForMonitoring()) {
      MeterRegistry pushed = new InfluxMeterRegistry(new InfluxExport(influx), Clock.SYSTEM);
      registry.add(pushed);
      FunctionTimer.builder(
              "luna_sender_delivery_lag",
              lag,
              LagHistogram::count,
              LagHistogram::sumNanos,
              TimeUnit.NANOSECONDS)
          .register(pushed);
    }
    prometheus.getPrometheusRegistry().register(lag);
    // Each delivery has a lag, so their count is the count of deliveries.
    FunctionCounter.builder("luna_sender_events_delivered", lag, LagHistogram::count)
        .description("Pairs whose frame the client's socket has taken")
        .register(registry);
  }

  /** Where Vert.x puts its own meters. */
  public MeterRegistry registry() {
    return registry;
  }

  /** The text that Prometheus reads. */
  public String scrape() {
    return prometheus.scrape();
  }

  public void payload(int eventCount) {
    payloads.increment();
    events.increment(eventCount);
  }

  /** {@code count} payloads, or elements of one, that were left out. */
  public void malformed(String reason, int count) {
    tagged(malformed, "luna_sender_malformed", "reason", reason).increment(count);
  }

  public void matched(int clients) {
    matched.add(clients);
  }

  /** A frame was taken by a socket, {@code lagNanos} after its payload came. */
  public void delivered(long lagNanos) {
    lag.record(lagNanos);
  }

  /** Clients of the account did not get so many frames that they wanted. */
  public void dropped(AccountBook book, String reason, int count) {
    if (count > 0) {
      book.dropped(reason, count);
      tagged(dropped, "luna_sender_events_dropped", "reason", reason).increment(count);
    }
  }

  /** An event was left out before it was held against any filter. */
  public void shed(AccountBook book) {
    book.shed();
    shed.increment();
  }

  /**
   * An HTTP request was answered; a handshake with its 101.
   *
   * @param operation of the contract, or {@code none}
   */
  public void request(String operation, int status, long nanos) {
    requests
        .computeIfAbsent(new Request(operation, status), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  public void handshake(String outcome) {
    tagged(handshakes, "luna_sender_handshakes", "outcome", outcome).increment();
  }

  /** A handshake or a connection was over a limit. */
  public void limited(String limit) {
    tagged(limited, "luna_sender_limited", "limit", limit).increment();
  }

  public void httpConnections(int change) {
    httpConnections.addAndGet(change);
  }

  /** Handshakes that have begun, or ended, to wait for the subscription. */
  public void handshaking(int change) {
    handshaking.addAndGet(change);
  }

  public void opened() {
    connections.incrementAndGet();
  }

  /** How many WebSockets are open. */
  public int connections() {
    return connections.get();
  }

  public void closed(String reason) {
    connections.decrementAndGet();
    tagged(closed, "luna_sender_closes", "reason", reason).increment();
  }

  public void subscriptions(int change) {
    subscriptions.addAndGet(change);
  }

  public void redisConnected(int change) {
    redisConnected.addAndGet(change);
  }

  /** How many bridges have a live connection. */
  public int redisConnected() {
    return redisConnected.get();
  }

  /** A bridge has all of its subscriptions, and hears its canary; or not any more. */
  public void bridgesReady(int change) {
    bridgesReady.addAndGet(change);
  }

  /** How many bridges hand on all that they should. */
  public int bridgesReady() {
    return bridgesReady.get();
  }

  /** What became of each account's events. */
  public Books books() {
    return books;
  }

  /** Where each time of possible loss is written down. */
  public GapLedger gaps() {
    return gaps;
  }

  /** The end of the certificate in use; its meters are there from the first one on. */
  public void tlsExpiry(Instant expires) {
    if (tlsExpirySeconds.getAndSet(expires.getEpochSecond()) == 0) {
      Gauge.builder("luna_sender_tls_certificate_expiry_seconds", tlsExpirySeconds, AtomicLong::get)
          .description("When the TLS certificate in use expires, in seconds since 1970")
          .register(registry);
      FunctionCounter.builder("luna_sender_tls_failures", tlsFailures, LongAdder::sum)
          .description("TLS handshakes that failed")
          .register(registry);
    }
  }

  /** TLS files have changed, and were taken or refused. */
  public void tlsReload(String outcome) {
    tagged(tlsReloads, "luna_sender_tls_reloads", "outcome", outcome).increment();
  }

  public void tlsFailure() {
    tlsFailures.increment();
  }

  /** Stops what pushes. */
  public void close() {
    registry.close();
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /** A counter for every delivery: Micrometer's own would pass each through a composite. */
  private LongAdder adder(String name, String description) {
    LongAdder adder = new LongAdder();
    FunctionCounter.builder(name, adder, LongAdder::sum)
        .description(description)
        .register(registry);
    return adder;
  }

  private Timer timer(Request request) {
    return Timer.builder("luna_sender_requests")
        .description("HTTP requests, from their head to the end of their answer")
        .tag("operation", request.operation)
        .tag("status", Integer.toString(request.status))
        .register(registry);
  }

  private AtomicInteger gauge(String name, String description) {
    AtomicInteger value = new AtomicInteger();
    Gauge.builder(name, value, AtomicInteger::get).description(description).register(registry);
    return value;
  }

  /** Tag values come from enums of ours, so there are few. */
  private Counter tagged(
      ConcurrentMap<String, Counter> counters, String name, String tag, String value) {
    return counters.computeIfAbsent(
        value, v -> Counter.builder(name).tag(tag, v).register(registry));
  }
}
