package luna.sender.trace;

import io.micrometer.core.instrument.Counter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import luna.sender.config.TracingSettings;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to their collector, in batches, from a thread of its own.
 *
 * <p>Shape: at most {@value #QUEUE} spans wait; those beyond are lost.
 *
 * <p>Errors: what the collector does not take is tried again, lost then, and counted. The log has
 * one WARN when it begins to fail and one INFO when it works again.
 *
 * <p>Owner: thread-safe.
 */
final class SpanQueue implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);
  private static final int QUEUE = 2048;
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Some two seconds: what is tried for longer keeps the queue full. */
  private static final RetryPolicy RETRY =
      RetryPolicy.builder()
          .setMaxAttempts(3)
          .setInitialBackoff(Duration.ofMillis(500))
          .setMaxBackoff(INTERVAL)
          .build();

  /**
   * The library would tell each failure, on stderr; kept here, or it would forget that it's off.
   */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private final SpanExporter collector;
  private final Counter exported;
  private final Counter failed;
  private final AtomicBoolean failing = new AtomicBoolean();
  private volatile boolean ending;

  private SpanQueue(SpanExporter collector, Metrics metrics) {
    this.collector = collector;
    this.exported = counter(metrics, "exported");
    this.failed = counter(metrics, "failed");
  }

  /** For the collector of these settings. */
  static SpanQueue to(TracingSettings settings, Metrics metrics) {
    LIBRARY.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder collector =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint())
            .setCompression("gzip")
            .setConnectTimeout(TIMEOUT)
            .setTimeout(TIMEOUT)
            .setRetryPolicy(RETRY);
    // For each export anew: they may be in a file.
    collector.setHeaders(settings::headerValues);
    return new SpanQueue(collector.build(), metrics);
  }

  /** What spans are handed to when they end. */
  SpanProcessor queue() {
    return BatchSpanProcessor.builder(this)
        .setMaxQueueSize(QUEUE)
        .setMaxExportBatchSize(QUEUE / 4)
        .setScheduleDelay(INTERVAL)
        .setExporterTimeout(TIMEOUT)
        .build();
  }

  /**
   * From now on the log is told no more: the service may have stopped when the last batch fails.
   */
  void end() {
    ending = true;
  }

  /** Of spans, by what became of them. */
  static Counter counter(Metrics metrics, String outcome) {
    return Counter.builder("luna_sender_spans")
        .description("Spans of traces: ended, and of them exported or failed")
        .tag("outcome", outcome)
        .register(metrics.registry());
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int count = spans.size();
    CompletableResultCode result;
    try {
      result = collector.export(spans);
    } catch (RuntimeException fault) {
      result = CompletableResultCode.ofExceptionalFailure(fault);
    }
    CompletableResultCode told = result;
    return told.whenComplete(() -> tell(told.isSuccess(), told.getFailureThrowable(), count));
  }

  private void tell(boolean success, @Nullable Throwable cause, int count) {
    (success ? exported : failed).increment(count);
    if (ending) {
      return;
    }
    if (success && failing.compareAndSet(true, false)) {
      LOG.info("Traces are exported again");
    } else if (!success && failing.compareAndSet(false, true)) {
      LOG.atWarn()
          .addKeyValue("cause", String.valueOf(cause))
          .log("Traces are not exported; events are delivered without them");
    }
  }

  @Override
  public CompletableResultCode flush() {
    return collector.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return collector.shutdown();
  }
}
