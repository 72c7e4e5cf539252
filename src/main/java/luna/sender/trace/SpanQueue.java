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
 * Exports spans to the collector in batches, on its own thread.
 *
 * <p>How: at most {@value #QUEUE} spans are queued; further spans are dropped.
 *
 * <p>Errors: a failed export is retried; then its spans are dropped and counted. The log has one
 * WARN when exports start to fail, and one INFO when they succeed again.
 *
 * <p>Owner: thread-safe.
 */
final class SpanQueue implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);
  private static final int QUEUE = 2048;
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Retries for about two seconds. Longer retries would keep the queue full. */
  private static final RetryPolicy RETRY =
      RetryPolicy.builder()
          .setMaxAttempts(3)
          .setInitialBackoff(Duration.ofMillis(500))
          .setMaxBackoff(INTERVAL)
          .build();

  /**
   * The logger of the library, which would log each failure to stderr. This reference keeps its
   * level: the JDK references loggers weakly, and a garbage-collected logger loses its level.
   */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private final SpanExporter collector;
  private final Counter exported;
  private final Counter failed;
  private final AtomicBoolean failing = new AtomicBoolean();
  private volatile boolean stopping;

  private SpanQueue(SpanExporter collector, Metrics metrics) {
    this.collector = collector;
    this.exported = counter(metrics, "exported");
    this.failed = counter(metrics, "failed");
  }

  /** Creates a queue for the collector of these settings. */
  static SpanQueue create(TracingSettings settings, Metrics metrics) {
    LIBRARY.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder collector =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint())
            .setCompression("gzip")
            .setConnectTimeout(TIMEOUT)
            .setTimeout(TIMEOUT)
            .setRetryPolicy(RETRY);
    // Read for each export, because the values may be in a file that changes.
    collector.setHeaders(settings::headerValues);
    return new SpanQueue(collector.build(), metrics);
  }

  /** Returns the processor that receives ended spans. */
  SpanProcessor processor() {
    return BatchSpanProcessor.builder(this)
        .setMaxQueueSize(QUEUE)
        .setMaxExportBatchSize(QUEUE / 4)
        .setScheduleDelay(INTERVAL)
        .setExporterTimeout(TIMEOUT)
        .build();
  }

  /** Stops logging, because the service may have stopped when the last batch fails. */
  void end() {
    stopping = true;
  }

  /** Returns the counter of spans with this outcome. */
  static Counter counter(Metrics metrics, String outcome) {
    return Counter.builder("luna_sender_spans")
        .description("Spans of traces: ended, and then exported or failed")
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
    CompletableResultCode reported = result;
    return reported.whenComplete(
        () -> report(reported.isSuccess(), reported.getFailureThrowable(), count));
  }

  private void report(boolean success, @Nullable Throwable cause, int count) {
    (success ? exported : failed).increment(count);
    if (stopping) {
      return;
    }
    if (success && failing.compareAndSet(true, false)) {
      LOG.info("Trace export recovered");
    } else if (!success && failing.compareAndSet(false, true)) {
      LOG.atWarn()
          .addKeyValue("cause", String.valueOf(cause))
          .log("Trace export failed; events are delivered without traces");
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
