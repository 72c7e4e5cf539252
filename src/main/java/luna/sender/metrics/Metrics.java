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

// Over 300 lines, for it is one thing: every count of this process.
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
  private final GapLedger gaps;
  private final AccountMetrics books;
  private final @Nullable InfluxPoints points;
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
  private final BridgeStatus bridges = new BridgeStatus();
  private final TaggedCounter malformed =
      tagged("luna_sender_malformed", "reason", "Payloads, or elements of one, left out");
  private final TaggedCounter dropped =
      tagged("luna_sender_events_dropped", "reason", "Pairs that were not delivered");
  private final TaggedCounter limited =
      tagged("luna_sender_limited", "limit", "Handshakes and connections over a limit");
  private final TaggedCounter handshakes =
      tagged("luna_sender_handshakes", "outcome", "WebSocket handshakes, by how they ended");
  private final TaggedCounter redisLosses =
      tagged("luna_sender_redis_losses", "cause", "Connections to Redis that were lost");
  private final TaggedCounter redisRefusals =
      tagged(
          "luna_sender_redis_refusals",
          "reason",
          "Connections to Redis that were lost, not made, or of no use, by reason");
  private final Timer canary =
      Timer.builder("luna_sender_canary")
          .description("The way of a message of our own: PUBLISH, subscription, bus")
          .register(registry);
  private final MemoryGauge queues =
      new MemoryGauge(registry, "luna_sender_queue", "Memory of what waits for clients");
  private final MemoryGauge backlogs =
      new MemoryGauge(registry, "luna_sender_backlog", "Memory of what waits to be matched");
  private final FaultCounter faults =
      new FaultCounter(
          tagged("luna_sender_faults", "step", "Faults of this service that were caught"));
  private final FaultGuard guard = new FaultGuard(faults);
  private final Liveness liveness = new Liveness();
  private final MemoryGauge filters =
      new MemoryGauge(registry, "luna_sender_filter", "Memory of filters and their indexes");
  private final ProcessMetrics machine = new ProcessMetrics(registry);
  private final ConcurrentMap<Request, Timer> requests = new ConcurrentHashMap<>();
  private final TaggedCounter closed =
      tagged("luna_sender_closes", "reason", "WebSockets that ended");
  private final TaggedCounter tlsReloads =
      tagged("luna_sender_tls_reloads", "outcome", "Changed TLS files, by what became of them");
  private final LongAdder tlsFailures = new LongAdder();
  private final AtomicLong tlsExpirySeconds = new AtomicLong();

  private record Request(String operation, int status) {}

  /** Metrics for Prometheus, and points for InfluxDB where that is configured. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings) {
    this(influx, settings, SteadyClock.system());
  }

  /** The same with a clock of the caller's for the gaps. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings, SteadyClock clock) {
    gaps = new GapLedger(registry, clock);
    Gauge.builder("luna_sender_bridges_ready", bridges, BridgeStatus::ready)
        .description("Bridges that have all subscriptions and hear themselves")
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
    books = new AccountMetrics(settings.accountSeriesLimit(), points);
    if (settings.accountSeries()) {
      prometheus.getPrometheusRegistry().register(books);
    }
    prometheus.getPrometheusRegistry().register(lag);
    Gauge.builder("luna_sender_event_loops_stalled", liveness, loops -> loops.faults().size())
        .description("Event loops that owe deliveries and make none")
        .register(registry);
    FunctionCounter.builder(
            "luna_sender_log_lines_dropped", BoundedAsyncAppender.DROPPED, LongAdder::sum)
        .description("Log lines that were dropped, for the log was read too slowly")
        .register(registry);
    // Each delivery has a lag, so their count is the count of deliveries.
    FunctionCounter.builder("luna_sender_events_delivered", lag, LagHistogram::count)
        .description("Pairs whose frame the client's socket has taken")
        .register(registry);
  }

  /** Says of the node whether it is ready: 1 or 0. */
  public void ready(Readiness readiness) {
    Gauge.builder("luna_sender_ready", readiness, parts -> parts.faults().isEmpty() ? 1 : 0)
        .description("Whether clients should be sent here, as /readyz says")
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
    malformed.count(reason, count);
  }

  /** Why payloads may be left out. */
  public void expectMalformed(Collection<String> reasons) {
    malformed.expect(reasons);
  }

  public void matched(int clients) {
    matched.add(clients);
  }

  /** A frame was taken by a socket, {@code lagNanos} after its payload came. */
  public void delivered(long lagNanos) {
    lag.record(lagNanos);
  }

  /** Clients of the account did not get so many frames that they wanted. */
  public void dropped(AccountCounters book, String reason, int count) {
    if (count > 0) {
      book.dropped(reason, count);
      dropped.count(reason, count);
    }
  }

  /** Why clients may end, and not get what they wanted. */
  public void expectCloses(Collection<String> reasons, Collection<String> slowPolicies) {
    closed.expect(reasons);
    dropped.expect(reasons);
    dropped.expect(slowPolicies);
  }

  /** An event was left out before it was held against any filter. */
  public void shed(AccountCounters book) {
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
    handshakes.count(outcome, 1);
  }

  public void expectHandshakes(Collection<String> outcomes) {
    handshakes.expect(outcomes);
  }

  /** A handshake or a connection was over a limit. */
  public void limited(String limit) {
    limited.count(limit, 1);
  }

  public void expectLimits(Collection<String> limits) {
    limited.expect(limits);
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
    closed.count(reason, 1);
  }

  public void subscriptions(int change) {
    subscriptions.addAndGet(change);
  }

  public void redisConnected(int change) {
    redisConnected.addAndGet(change);
  }

  /** A connection of a bridge was there, and is no more. */
  public void redisLost(String cause) {
    redisLosses.count(cause, 1);
  }

  /** Why Redis may refuse, so that a rule on the increase sees the first refusal too. */
  public void expectRedisRefusals(Collection<String> reasons) {
    redisRefusals.expect(reasons);
  }

  /** A connection to Redis is lost, could not be made, or is of no use. */
  public void redisRefused(String reason) {
    redisRefusals.count(reason, 1);
  }

  /** A canary has come back, so long after it was sent. */
  public void canary(long nanos) {
    canary.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** How many bridges have a live connection. */
  public int redisConnected() {
    return redisConnected.get();
  }

  /** What the connections to Redis lack. */
  public BridgeStatus bridges() {
    return bridges;
  }

  /** How many bridges hand on all that they should. */
  public int bridgesReady() {
    return bridges.ready();
  }

  /** Memory of what waits for clients. */
  public MemoryGauge queues() {
    return queues;
  }

  /** Memory of events that wait to be held against filters. */
  public MemoryGauge backlogs() {
    return backlogs;
  }

  /** Whether each event loop still does its work. */
  public Liveness liveness() {
    return liveness;
  }

  /** Runs background work. */
  public FaultGuard guard() {
    return guard;
  }

  /** Faults of this service, caught where they occurred. */
  public FaultCounter faults() {
    return faults;
  }

  /** Memory of filters, and of the indexes that they are found by. */
  public MemoryGauge filters() {
    return filters;
  }

  /** What became of each account's events. */
  public AccountMetrics books() {
    return books;
  }

  /** What InfluxDB is told; null if it is told nothing. */
  public @Nullable InfluxPoints points() {
    return points;
  }

  /** Where each time of possible loss is written down. */
  public GapLedger gaps() {
    return gaps;
  }

  /** The end of the certificate in use; its meters are there from the first one on. */
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

  /** TLS files have changed, and were taken or refused. */
  public void tlsReload(String outcome) {
    tlsReloads.count(outcome, 1);
  }

  public void tlsFailure() {
    tlsFailures.increment();
  }

  /** Stops what looks at the machine. */
  public void close() {
    machine.close();
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

  private TaggedCounter tagged(String name, String tag, String description) {
    return new TaggedCounter(registry, name, tag, description);
  }
}
