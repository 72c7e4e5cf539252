package luna.sender.influx;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import luna.sender.config.InfluxMonitoring;
import luna.sender.log.CauseText;
import luna.sender.log.PrintableText;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.InfluxPoints;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes points to InfluxDB 2, one batch at a time.
 *
 * <p>Shape: if the response is lost and a batch is written twice, the database stores it once,
 * because series and times are the same.
 *
 * <p>Errors: points that InfluxDB rejects for good are counted as refused. All other failures are
 * retried with exponential backoff up to {@link #PAUSE_MAX}; the points wait in {@link
 * InfluxPoints}. The log has a WARN at the start, a reminder every {@link #REMIND}, and an INFO at
 * the end.
 *
 * <p>Owner: confined to its event loop.
 */
public final class InfluxExporter extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(InfluxExporter.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);
  private static final Duration REMIND = Duration.ofSeconds(30);

  /**
   * The number of attempts after which a batch that causes server errors is dropped, so that the
   * next batches are written.
   */
  private static final int ATTEMPTS_LIMIT = 5;

  private final InfluxMonitoring settings;
  private final InfluxPoints points;
  private final AccountMetrics accounts;
  private final FaultGuard guard;
  private final RateLimitedLog faults = RateLimitedLog.reminding(InfluxExporter.class, REMIND);
  private @Nullable InfluxClient client;

  /** The batch that is being written. */
  private List<byte[]> inFlight = List.of();

  private boolean writing;

  /** Whether the batch is settled and the next one may be written. */
  private boolean settled;

  private boolean stopped;
  private Promise<Void> ended = Promise.promise();
  private long timer;

  /** Consecutive failures since the last written batch. */
  private int failures;

  private int serverFaults;
  private long failingSinceNanos;
  private long notBeforeNanos = System.nanoTime();

  public InfluxExporter(
      InfluxMonitoring settings, InfluxPoints points, AccountMetrics accounts, FaultGuard guard) {
    this.settings = settings;
    this.points = points;
    this.accounts = accounts;
    this.guard = guard;
  }

  @Override
  public Future<?> start() {
    client = new InfluxClient(vertx, settings);
    timer = guard.periodic(vertx, GuardedTask.INFLUX_FLUSH, settings.flushingPeriod(), this::flush);
    return Future.succeededFuture();
  }

  private void flush() {
    guard.run(GuardedTask.INFLUX_FLUSH, accounts::flushDeliveryTimes);
    if (!writing && System.nanoTime() - notBeforeNanos >= 0) {
      drain(Promise.promise());
    }
  }

  /** Tries once more to write all points, at most for {@link #STOP_TIMEOUT}. */
  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    guard.run(GuardedTask.INFLUX_FLUSH, accounts::flushDeliveryTimes);
    Promise<Void> last = Promise.promise();
    long timeout = guard.timer(vertx, GuardedTask.STOP, STOP_TIMEOUT, last::tryComplete);
    if (writing) {
      ended.future().onComplete(done -> drain(last));
    } else {
      drain(last);
    }
    return last.future()
        .onComplete(
            done -> {
              vertx.cancelTimer(timeout);
              dropRemaining();
            });
  }

  private void dropRemaining() {
    stopped = true;
    points.requeue(inFlight);
    client().cancel();
    int left = points.dropAll();
    if (left > 0) {
      LOG.atWarn().addKeyValue("points", left).log("Points for InfluxDB were not written");
    }
  }

  /** Writes batches until there are no more points, or a batch fails. */
  private void drain(Promise<Void> end) {
    ended = end;
    inFlight = points.take();
    writing = !inFlight.isEmpty();
    if (!writing) {
      end.tryComplete();
      return;
    }
    guard.ask(GuardedTask.INFLUX_WRITE, () -> client().write(inFlight), sent -> sent(end, sent));
  }

  private void sent(Promise<Void> end, AsyncResult<InfluxResponse> sent) {
    if (stopped) {
      return;
    }
    settled = false;
    guard.run(GuardedTask.INFLUX_ANSWER, () -> settle(sent));
    writing = false;
    // The batch is not empty after a fault. Writing points twice does not change them.
    points.requeue(inFlight);
    inFlight = List.of();
    if (settled) {
      drain(end);
    } else {
      end.tryComplete();
    }
  }

  private void settle(AsyncResult<InfluxResponse> sent) {
    settled =
        sent.succeeded()
            ? answered(sent.result())
            : retryLater(CauseText.innermost(sent.cause()), Duration.ZERO);
  }

  private InfluxClient client() {
    return Objects.requireNonNull(client);
  }

  /**
   * Handles a response. Returns whether the batch is settled, so that the next one may be written.
   */
  private boolean answered(InfluxResponse answer) {
    switch (answer.outcome()) {
      case WRITTEN -> {
        points.written(takeInFlight().size());
        recovered();
        return true;
      }
      case REFUSED -> {
        points.refused(takeInFlight().size());
        warn("InfluxDB rejected points", answer.text());
        return true;
      }
      case FAULT -> {
        if (++serverFaults >= ATTEMPTS_LIMIT) {
          serverFaults = 0;
          points.refused(takeInFlight().size());
          warn("InfluxDB rejected points", answer.text());
          return false;
        }
        return retryLater(answer.text(), answer.retryAfter());
      }
      default -> {
        return retryLater(answer.text(), answer.retryAfter());
      }
    }
  }

  private List<byte[]> takeInFlight() {
    List<byte[]> batch = inFlight;
    inFlight = List.of();
    return batch;
  }

  private boolean retryLater(String cause, Duration atLeast) {
    points.requeue(takeInFlight());
    long now = System.nanoTime();
    if (failures++ == 0) {
      failingSinceNanos = now;
    }
    long doubled = settings.flushingPeriod().toNanos() << Math.min(failures - 1, 14);
    long pause = Math.min(PAUSE_MAX.toNanos(), doubled <= 0 ? Long.MAX_VALUE : doubled);
    notBeforeNanos = now + Math.max(pause, atLeast.toNanos());
    warn("InfluxDB writes fail; retrying", cause);
    return false;
  }

  /** Logs a failure, and then a reminder every {@link #REMIND}. */
  private void warn(String what, String cause) {
    faults
        .atWarn("writes")
        .addKeyValue("host", settings.host())
        .addKeyValue("port", settings.port())
        .addKeyValue("waiting", points.waiting())
        .addKeyValue("cause", PrintableText.of(cause))
        .log(what);
  }

  private void recovered() {
    serverFaults = 0;
    notBeforeNanos = System.nanoTime();
    if (failures > 0) {
      failures = 0;
      LOG.atInfo()
          .addKeyValue("seconds", (System.nanoTime() - failingSinceNanos) / 1_000_000 / 1000.0)
          .log("InfluxDB writes recovered");
    }
  }
}
