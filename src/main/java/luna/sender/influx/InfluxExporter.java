package luna.sender.influx;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import luna.sender.config.InfluxMonitoring;
import luna.sender.config.Secret;
import luna.sender.log.PrintableText;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.InfluxPoints;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the points to InfluxDB 2, a batch at a time.
 *
 * <p>Shape: line protocol in nanoseconds, not compressed, for that would be done on an event loop.
 * A batch that was written twice, because the first answer was lost, is there once: it has the same
 * series and times.
 *
 * <p>Errors: what InfluxDB can't be brought to take is counted as refused. Everything else waits in
 * {@link InfluxPoints}, and is tried again after a time that doubles up to {@link #PAUSE_MAX}: one
 * WARN, a reminder each {@link #REMIND}, and an INFO at the end.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: https://docs.influxdata.com/influxdb/v2/api/write-data/
 */
public final class InfluxExporter extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(InfluxExporter.class);
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(2);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);
  private static final Duration REMIND = Duration.ofSeconds(30);

  /** A server that fails at a batch again and again must not be kept from those behind it. */
  private static final int TRIES = 5;

  private final InfluxMonitoring settings;
  private final InfluxPoints points;
  private final AccountMetrics books;
  private final FaultGuard guard;
  private final String target;
  private @Nullable HttpClient client;
  private @Nullable HttpClientRequest pending;

  /** What is being written, by the writing that is going on. */
  private List<byte[]> inFlight = List.of();

  private boolean writing;

  /** The batch has found its end, and the next one may be written. */
  private boolean goesOn;

  private boolean stopped;
  private Promise<Void> ended = Promise.promise();
  private long timer;

  /** In a row, since the last batch that was written. */
  private int failures;

  private int serverFaults;
  private long failingSinceNanos;
  private long nextReminderNanos = System.nanoTime();
  private long notBeforeNanos = System.nanoTime();

  public InfluxExporter(
      InfluxMonitoring settings, InfluxPoints points, AccountMetrics books, FaultGuard guard) {
    this.settings = settings;
    this.points = points;
    this.books = books;
    this.guard = guard;
    this.target =
        "/api/v2/write?org="
            + encode(settings.organization())
            + "&bucket="
            + encode(settings.bucket())
            + "&precision=ns";
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public Future<?> start() {
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(settings.useSsl())
                .setVerifyHost(true)
                .setDefaultHost(settings.host())
                .setDefaultPort(settings.port())
                .setConnectTimeout((int) CONNECT.toMillis()),
            new PoolOptions().setHttp1MaxSize(1));
    timer = guard.periodic(vertx, GuardedTask.INFLUX_FLUSH, settings.flushingPeriod(), this::flush);
    return Future.succeededFuture();
  }

  private void flush() {
    guard.run(GuardedTask.INFLUX_FLUSH, books::tellTransports);
    if (!writing && System.nanoTime() - notBeforeNanos >= 0) {
      drain(Promise.promise());
    }
  }

  /** Tries once more to write all that there is, but not for long. */
  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    guard.run(GuardedTask.INFLUX_FLUSH, books::tellTransports);
    Promise<Void> last = Promise.promise();
    long bound = guard.timer(vertx, GuardedTask.STOP, LAST_PATIENCE, last::tryComplete);
    if (writing) {
      ended.future().onComplete(done -> drain(last));
    } else {
      drain(last);
    }
    return last.future()
        .onComplete(
            done -> {
              vertx.cancelTimer(bound);
              leave();
            });
  }

  private void leave() {
    stopped = true;
    points.giveBack(inFlight);
    cancel();
    int left = points.dropAll();
    if (left > 0) {
      LOG.atWarn().addKeyValue("points", left).log("Points for InfluxDB were not written");
    }
  }

  /** Writes batch after batch, until there is none or one was not written. */
  private void drain(Promise<Void> end) {
    ended = end;
    inFlight = points.take();
    writing = !inFlight.isEmpty();
    if (!writing) {
      end.tryComplete();
      return;
    }
    guard.ask(
        GuardedTask.INFLUX_WRITE,
        () -> send(body(inFlight)).timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS),
        sent -> sent(end, sent));
  }

  private static Buffer body(List<byte[]> lines) {
    Buffer body = Buffer.buffer();
    lines.forEach(body::appendBytes);
    return body;
  }

  private void sent(Promise<Void> end, AsyncResult<InfluxResponse> sent) {
    if (stopped) {
      return;
    }
    goesOn = false;
    guard.run(GuardedTask.INFLUX_ANSWER, () -> settle(sent));
    writing = false;
    // Not empty after a fault. What InfluxDB has already stays the same when it is written again.
    points.giveBack(inFlight);
    inFlight = List.of();
    if (goesOn) {
      drain(end);
    } else {
      end.tryComplete();
    }
  }

  private void settle(AsyncResult<InfluxResponse> sent) {
    if (sent.failed()) {
      cancel();
    }
    pending = null;
    goesOn = sent.succeeded() ? answered(sent.result()) : later(root(sent.cause()), Duration.ZERO);
  }

  private Future<InfluxResponse> send(Buffer body) {
    return token().compose(token -> send(body, token));
  }

  private Future<Secret> token() {
    return settings.tokenFile().isEmpty()
        ? Future.succeededFuture(settings.token())
        : vertx.executeBlocking(settings::currentToken, false);
  }

  private Future<InfluxResponse> send(Buffer body, Secret token) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setURI(target)
            .setFollowRedirects(false)
            .putHeader("Content-Type", "text/plain; charset=utf-8");
    if (!token.isEmpty()) {
      options.putHeader("Authorization", "Token " + token.value());
    }
    return Objects.requireNonNull(client)
        .request(options)
        .compose(
            request -> {
              pending = request;
              return request.send(body).compose(InfluxResponse::read);
            });
  }

  /** Of a failed TLS handshake, only the innermost cause says what is wrong. */
  private static String root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private void cancel() {
    if (pending != null) {
      pending.reset();
      pending = null;
    }
  }

  /** Whether the batch has found its end. */
  private boolean answered(InfluxResponse answer) {
    switch (answer.verdict()) {
      case WRITTEN -> {
        points.written(takeInFlight().size());
        mended();
        return true;
      }
      case REFUSED -> {
        points.refused(takeInFlight().size());
        warn("InfluxDB refuses points", answer.text());
        return true;
      }
      case FAULT -> {
        if (++serverFaults >= TRIES) {
          serverFaults = 0;
          points.refused(takeInFlight().size());
          warn("InfluxDB refuses points", answer.text());
          return false;
        }
        return later(answer.text(), answer.retryAfter());
      }
      default -> {
        return later(answer.text(), answer.retryAfter());
      }
    }
  }

  private List<byte[]> takeInFlight() {
    List<byte[]> batch = inFlight;
    inFlight = List.of();
    return batch;
  }

  private boolean later(String cause, Duration atLeast) {
    points.giveBack(takeInFlight());
    long now = System.nanoTime();
    if (failures++ == 0) {
      failingSinceNanos = now;
    }
    long doubled = settings.flushingPeriod().toNanos() << Math.min(failures - 1, 14);
    long pause = Math.min(PAUSE_MAX.toNanos(), doubled <= 0 ? Long.MAX_VALUE : doubled);
    notBeforeNanos = now + Math.max(pause, atLeast.toNanos());
    warn("InfluxDB does not take points", cause);
    return false;
  }

  /** Once, and then as a reminder. */
  private void warn(String what, String cause) {
    long now = System.nanoTime();
    if (now - nextReminderNanos >= 0) {
      nextReminderNanos = now + REMIND.toNanos();
      LOG.atWarn()
          .addKeyValue("host", settings.host())
          .addKeyValue("port", settings.port())
          .addKeyValue("waiting", points.waiting())
          .addKeyValue("cause", PrintableText.of(cause))
          .log(what);
    }
  }

  private void mended() {
    serverFaults = 0;
    notBeforeNanos = System.nanoTime();
    if (failures > 0) {
      failures = 0;
      LOG.atInfo()
          .addKeyValue("seconds", (System.nanoTime() - failingSinceNanos) / 1_000_000 / 1000.0)
          .log("InfluxDB takes points again");
    }
  }
}
