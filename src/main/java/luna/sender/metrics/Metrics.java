package luna.sender.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import luna.sender.config.InfluxMonitoring;
import luna.sender.config.ServiceMetrics;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import luna.sender.log.BoundedAsyncAppender;
import org.jspecify.annotations.Nullable;

/**
 * All counters, gauges and timers of this process.
 *
 * <p>Shape: when no event is in flight, {@code matched = delivered + dropped} (for all reasons
 * together), where each counts pairs of an event and a client; and {@code payloads} is the number
 * of valid and malformed payloads.
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
      adder("luna_sender_events_matched", "Pairs of an event and a client whose filter matched it");
  private final Counter shed =
      counter(
          "luna_sender_events_shed",
          "Events dropped before matching, because too many were waiting");
  private final LagHistogram lag = new LagHistogram();
  private final GapLedger gaps;
  private final AccountMetrics accounts;
  private final @Nullable InfluxPoints points;
  private final AtomicInteger connections = gauge("luna_sender_connections", "Open WebSockets");
  private final AtomicInteger httpConnections =
      gauge("luna_sender_http_connections", "Connections that have not become a WebSocket");
  private final AtomicInteger handshaking =
      gauge("luna_sender_handshakes_waiting", "Handshakes that wait for Redis");
  private final AtomicInteger subscriptions =
      gauge("luna_sender_subscriptions", "Accounts whose channel Redis has confirmed");
  private final AtomicInteger redisConnected =
      gauge("luna_sender_redis_connected", "Bridges with a live connection to Redis");
  private final BridgeStatus bridges = new BridgeStatus();
  private final TaggedCounter malformed =
      tagged(
          "luna_sender_malformed",
          "reason",
          "Malformed payloads, or elements of one, that were dropped");
  private final TaggedCounter dropped =
      tagged("luna_sender_events_dropped", "reason", "Pairs that were not delivered");
  private final TaggedCounter limited =
      tagged("luna_sender_limited", "limit", "Handshakes and connections over a limit");
  private final TaggedCounter handshakes =
      tagged("luna_sender_handshakes", "outcome", "WebSocket handshakes, by outcome");
  private final TaggedCounter redisLosses =
      tagged("luna_sender_redis_losses", "cause", "Connections to Redis that were lost");
  private final TaggedCounter redisRefusals =
      tagged(
          "luna_sender_redis_refusals",
          "reason",
          "Connections to Redis that were lost, refused or unusable, by reason");
  private final Timer canary =
      Timer.builder("luna_sender_canary")
          .description("Round trip of a canary: PUBLISH, subscription, event bus")
          .register(registry);
  private final MemoryGauge queues =
      new MemoryGauge(registry, "luna_sender_queue", "Memory of frames queued for clients");
  private final MemoryGauge backlogs =
      new MemoryGauge(registry, "luna_sender_backlog", "Memory of events that wait to be matched");
  private final FaultCounter faults =
      new FaultCounter(
          tagged("luna_sender_faults", "step", "Faults of this service that were caught"));
  private final FaultGuard guard = new FaultGuard(faults);
  private final Liveness liveness = new Liveness();
  private final MemoryGauge filters =
      new MemoryGauge(registry, "luna_sender_filter", "Memory of filters and their indexes");
  private final ProcessMetrics process = new ProcessMetrics(registry);
  private final ConcurrentMap<Request, Timer> requests = new ConcurrentHashMap<>();
  private final TaggedCounter closed = tagged("luna_sender_closes", "reason", "Closed WebSockets");
  private final TaggedCounter tlsReloads =
      tagged("luna_sender_tls_reloads", "outcome", "Changed TLS files, by outcome");
  private final LongAdder tlsFailures = new LongAdder();
  private final AtomicLong tlsExpirySeconds = new AtomicLong();

  private record Request(String operation, int status) {}

  /** Creates metrics for Prometheus, and points for InfluxDB if it is configured. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings) {
    this(influx, settings, SteadyClock.system());
  }

  /** Creates the same metrics with a clock for gaps. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings, SteadyClock clock) {
    gaps = new GapLedger(registry, clock);
    Gauge.builder("luna_sender_bridges_ready", bridges, BridgeStatus::ready)
        .description("Bridges that have all subscriptions and receive their canaries")
        .register(registry);
    redisLosses.expect(
        Stream.of(
                Gap.Cause.REDIS_CLOSED,
                Gap.Cause.REDIS_LOST,
                Gap.Cause.REDIS_SILENT,
                Gap.Cause.CANARY_LOST)
            .map(Gap.Cause::label)
            .toList());
    points =
        influx.sendDataForMonitoring()
            ? new InfluxPoints(
                tagged("luna_sender_influx_points", "outcome", "Points for InfluxDB"))
            : null;
    accounts = new AccountMetrics(settings.accountSeriesLimit(), points);
    if (settings.accountSeries()) {
      prometheus.getPrometheusRegistry().register(accounts);
    }
    prometheus.getPrometheusRegistry().register(lag);
    Gauge.builder("luna_sender_event_loops_stalled", liveness, loops -> loops.faults().size())
        .description("Event loops that make no progress")
        .register(registry);
    FunctionCounter.builder(
            "luna_sender_log_lines_dropped", BoundedAsyncAppender.DROPPED, LongAdder::sum)
        .description("Log lines that were dropped, because the log was read too slowly")
        .register(registry);
    // Each delivery records a lag, so the histogram counts deliveries.
    FunctionCounter.builder("luna_sender_events_delivered", lag, LagHistogram::count)
        .description("Pairs whose frame was written to the client's socket")
        .register(registry);
  }

  /** Registers a gauge that is 1 if the node is ready, else 0. */
  public void ready(Readiness readiness) {
    Gauge.builder("luna_sender_ready", readiness, parts -> parts.faults().isEmpty() ? 1 : 0)
        .description("1 if this node should get clients, as /readyz reports")
        .register(registry);
  }

  /** Returns the registry, for the meters of Vert.x. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Returns the metrics in the text format of Prometheus. */
  public String scrape() {
    return prometheus.scrape();
  }

  public void payload(int eventCount) {
    payloads.increment();
    events.increment(eventCount);
  }

  /** Counts payloads, or elements of one, that were dropped. */
  public void malformed(String reason, int count) {
    malformed.count(reason, count);
  }

  /** Creates the counters of all reasons. */
  public void expectMalformed(Collection<String> reasons) {
    malformed.expect(reasons);
  }

  public void matched(int clients) {
    matched.add(clients);
  }

  /** Counts a frame that was written to a socket, {@code lagNanos} after its payload arrived. */
  public void delivered(long lagNanos) {
    lag.record(lagNanos);
  }

  /** Counts frames that clients of the account did not get although their filters matched. */
  public void dropped(AccountCounters account, String reason, int count) {
    if (count > 0) {
      account.dropped(reason, count);
      dropped.count(reason, count);
    }
  }

  /** Creates the counters of all reasons for which connections close and frames are dropped. */
  public void expectCloses(Collection<String> reasons, Collection<String> slowPolicies) {
    closed.expect(reasons);
    dropped.expect(reasons);
    dropped.expect(slowPolicies);
  }

  /** Counts an event that was dropped before matching. */
  public void shed(AccountCounters account) {
    account.shed();
    shed.increment();
  }

  /**
   * Records an answered HTTP request; for a handshake, its 101.
   *
   * @param operation the operation of the contract, or {@code none}
   */
  public void request(String operation, int status, long nanos) {
    requests
        .computeIfAbsent(new Request(operation, status), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  public void handshake(String outcome) {
    handshakes.count(outcome, 1);
  }

  public void expectHandshakes(Collection<String> outcomes) {
    handshakes.expect(outcomes);
  }

  /** Counts a handshake or a connection that exceeded a limit. */
  public void limited(String limit) {
    limited.count(limit, 1);
  }

  public void expectLimits(Collection<String> limits) {
    limited.expect(limits);
  }

  public void httpConnections(int change) {
    httpConnections.addAndGet(change);
  }

  /** Changes the number of handshakes that wait for their subscription. */
  public void handshaking(int change) {
    handshaking.addAndGet(change);
  }

  public void opened() {
    connections.incrementAndGet();
  }

  /** Returns the number of open WebSockets. */
  public int connections() {
    return connections.get();
  }

  public void closed(String reason) {
    connections.decrementAndGet();
    closed.count(reason, 1);
  }

  public void subscriptions(int change) {
    subscriptions.addAndGet(change);
  }

  public void redisConnected(int change) {
    redisConnected.addAndGet(change);
  }

  /** Counts a lost connection of a bridge. */
  public void redisLost(String cause) {
    redisLosses.count(cause, 1);
  }

  /**
   * Creates the counters of all reasons, so that an alert on the increase sees the first refusal.
   */
  public void expectRedisRefusals(Collection<String> reasons) {
    redisRefusals.expect(reasons);
  }

  /** Counts a connection to Redis that was lost, refused or unusable. */
  public void redisRefused(String reason) {
    redisRefusals.count(reason, 1);
  }

  /** Records the round trip of a canary. */
  public void canary(long nanos) {
    canary.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns how many bridges are connected. */
  public int redisConnected() {
    return redisConnected.get();
  }

  /** Returns the faults of the connections to Redis. */
  public BridgeStatus bridges() {
    return bridges;
  }

  /** Returns how many bridges can serve their accounts. */
  public int bridgesReady() {
    return bridges.ready();
  }

  /** Returns the memory of frames queued for clients. */
  public MemoryGauge queues() {
    return queues;
  }

  /** Returns the memory of events that wait to be matched. */
  public MemoryGauge backlogs() {
    return backlogs;
  }

  /** Returns the detector of stalled event loops. */
  public Liveness liveness() {
    return liveness;
  }

  /** Returns the guard that runs background work. */
  public FaultGuard guard() {
    return guard;
  }

  /** Returns the counter of caught faults. */
  public FaultCounter faults() {
    return faults;
  }

  /** Returns the memory of filters and their indexes. */
  public MemoryGauge filters() {
    return filters;
  }

  /** Returns the counters of each account. */
  public AccountMetrics accounts() {
    return accounts;
  }

  /** Returns the points for InfluxDB; null if it is not configured. */
  public @Nullable InfluxPoints points() {
    return points;
  }

  /** Returns the ledger of gaps. */
  public GapLedger gaps() {
    return gaps;
  }

  /** Sets when the current certificate expires. The first call registers the TLS meters. */
  public void tlsExpiry(Instant expires) {
    if (tlsExpirySeconds.getAndSet(expires.getEpochSecond()) == 0) {
      tlsReloads.expect(List.of("taken", "refused"));
      Gauge.builder("luna_sender_tls_certificate_expiry_seconds", tlsExpirySeconds, AtomicLong::get)
          .description("When the TLS certificate in use expires, in seconds since 1970")
          .register(registry);
      FunctionCounter.builder("luna_sender_tls_failures", tlsFailures, LongAdder::sum)
          .description("TLS handshakes that failed")
          .register(registry);
    }
  }

  /** Counts changed TLS files that were accepted or refused. */
  public void tlsReload(String outcome) {
    tlsReloads.count(outcome, 1);
  }

  public void tlsFailure() {
    tlsFailures.increment();
  }

  /** Stops the metrics of the process. */
  public void close() {
    process.close();
    registry.close();
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /**
   * Registers a counter that is cheap enough for each delivery. A counter of Micrometer would pass
   * each increment through a composite.
   */
  private LongAdder adder(String name, String description) {
    LongAdder adder = new LongAdder();
    FunctionCounter.builder(name, adder, LongAdder::sum)
        .description(description)
        .register(registry);
    return adder;
  }

  private Timer timer(Request request) {
    return Timer.builder("luna_sender_requests")
        .description("HTTP requests, from the head of the request to the end of the response")
        .tag("operation", request.operation)
        .tag("status", Integer.toString(request.status))
        .register(registry);
  }

  private AtomicInteger gauge(String name, String description) {
    AtomicInteger value = new AtomicInteger();
    Gauge.builder(name, value, AtomicInteger::get).description(description).register(registry);
    return value;
  }

  private TaggedCounter tagged(String name, String tag, String description) {
    return new TaggedCounter(registry, name, tag, description);
  }
}
