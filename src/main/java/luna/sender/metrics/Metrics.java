package luna.sender.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import luna.sender.config.InfluxMonitoring;
import luna.sender.config.ServiceMetrics;
import luna.sender.event.SteadyClock;
import luna.sender.log.BoundedAsyncAppender;
import org.jspecify.annotations.Nullable;

/**
 * The registry of this process, and its meters in groups.
 *
 * <p>See: a counter is a field of its group, {@link EventMetrics}, {@link ClientMetrics}, {@link
 * HttpMetrics}, {@link RedisMetrics}, {@link RecorderMetrics}, {@link ReplayMetrics} or {@link
 * StorageMetrics}; the package documentation has the recipe. {@code api.MetricsHandler} serves them
 * at {@code /metrics}, which is not part of the contract.
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
  private final Meters meters = new Meters(registry);

  private final EventMetrics events;
  private final ClientMetrics clients = new ClientMetrics(meters);
  private final HttpMetrics http = new HttpMetrics(meters);
  private final RedisMetrics redis = new RedisMetrics(meters);
  private final RecorderMetrics recorder = new RecorderMetrics(meters);
  private final ReplayMetrics replays = new ReplayMetrics(meters);
  private final StorageMetrics storage = new StorageMetrics(meters);
  private final ProcessMetrics process = new ProcessMetrics(registry);
  private final GapLedger gaps;
  private final AccountMetrics accounts;
  private final @Nullable InfluxPoints points;
  private final MemoryGauge queues =
      meters.memory("luna_sender_queue", "Memory of frames queued for clients");
  private final MemoryGauge backlogs =
      meters.memory("luna_sender_backlog", "Memory of events that are queued before matching");
  private final MemoryGauge filters =
      meters.memory("luna_sender_filter", "Memory of filters and their indexes");
  private final FaultCounter faults =
      new FaultCounter(
          meters.tagged("luna_sender_faults", "step", "Faults of this service that were caught"));
  private final FaultGuard guard = new FaultGuard(faults);
  private final Liveness liveness = new Liveness();

  /** Creates metrics for Prometheus, and points for InfluxDB if it is configured. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings) {
    this(influx, settings, SteadyClock.system());
  }

  /** Creates the same metrics with a clock for gaps. */
  public Metrics(InfluxMonitoring influx, ServiceMetrics settings, SteadyClock clock) {
    LagHistogram lag = new LagHistogram();
    prometheus.getPrometheusRegistry().register(lag);
    events = new EventMetrics(meters, lag);
    points =
        influx.sendDataForMonitoring()
            ? new InfluxPoints(
                meters.tagged("luna_sender_influx_points", "outcome", "Points for InfluxDB"))
            : null;
    accounts = new AccountMetrics(settings.accountSeriesLimit(), points);
    gaps = new GapLedger(registry, clock, accounts::gap);
    if (settings.accountSeries()) {
      prometheus.getPrometheusRegistry().register(accounts);
    }
    meters.gauge(
        "luna_sender_event_loops_stalled",
        "Event loops that make no progress",
        liveness,
        loops -> loops.faults().size());
    meters.counter(
        "luna_sender_log_lines_dropped",
        "Log lines that were dropped, because the log was read too slowly",
        BoundedAsyncAppender.DROPPED,
        LongAdder::sum);
  }

  /** Registers a gauge that is 1 if the node is ready, else 0. */
  public void ready(Readiness readiness) {
    meters.gauge(
        "luna_sender_ready",
        "1 if this node should get clients, as /readyz reports",
        readiness,
        parts -> parts.faults().isEmpty() ? 1 : 0);
  }

  /** Returns the registry, for the meters of Vert.x. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Returns the metrics in the text format of Prometheus. */
  public String scrape() {
    return prometheus.scrape();
  }

  /** Returns the meters of payloads, events and deliveries. */
  public EventMetrics events() {
    return events;
  }

  /** Returns the meters of handshakes and WebSockets. */
  public ClientMetrics clients() {
    return clients;
  }

  /** Returns the meters of connections, requests and TLS. */
  public HttpMetrics http() {
    return http;
  }

  /** Returns the meters of the connections to Redis. */
  public RedisMetrics redis() {
    return redis;
  }

  /** Returns the meters of the recorder. */
  public RecorderMetrics recorder() {
    return recorder;
  }

  /** Returns the meters of replays of the history. */
  public ReplayMetrics replays() {
    return replays;
  }

  /** Returns the estimates of the storage of the history. */
  public StorageMetrics storage() {
    return storage;
  }

  /** Returns the memory of frames queued for clients. */
  public MemoryGauge queues() {
    return queues;
  }

  /** Returns the memory of events that are queued before matching. */
  public MemoryGauge backlogs() {
    return backlogs;
  }

  /** Returns the memory of filters and their indexes. */
  public MemoryGauge filters() {
    return filters;
  }

  /** Returns the counter of caught faults. */
  public FaultCounter faults() {
    return faults;
  }

  /** Returns the guard that runs background work. */
  public FaultGuard guard() {
    return guard;
  }

  /** Returns the detector of stalled event loops. */
  public Liveness liveness() {
    return liveness;
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

  /** Stops the metrics of the process. */
  public void close() {
    process.close();
    registry.close();
  }
}
