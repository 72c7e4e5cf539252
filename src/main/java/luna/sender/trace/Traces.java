package luna.sender.trace;

import io.micrometer.core.instrument.Counter;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.config.TracingSettings;
import luna.sender.event.RequestId;
import luna.sender.event.TraceContext;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Creates the spans of payloads and handshakes. A trace shows where the time of a payload is spent:
 * its receipt, and on each event loop with clients of the account, the matching and the writing of
 * each event.
 *
 * <p>Shape: {@code receive} is the parent of {@code match}, which is the parent of {@code write};
 * {@code handshake} is separate. There is one span for an event and a loop, with counts, never one
 * for a client. The sampling decision is made once, when the payload arrives. A span has no event
 * content, no URL and no header.
 *
 * <p>Errors: none; spans that the collector does not accept are dropped and counted (see {@link
 * SpanQueue}).
 *
 * <p>Owner: thread-safe. The objects that it returns belong to the event loop that called it.
 *
 * <p>Why not the tracing of Vert.x: it would create a span for each delivery on the event bus, and
 * write query strings into the spans of HTTP.
 */
public final class Traces {
  /** The header in which a client may send the parent span of its handshake. */
  public static final String PARENT = "traceparent";

  private static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("luna.request_id");
  private static final AttributeKey<String> ACCOUNT_ID = AttributeKey.stringKey("luna.account_id");
  private static final AttributeKey<Long> PAYLOAD_BYTES =
      AttributeKey.longKey("luna.payload_bytes");
  private static final AttributeKey<Long> EVENTS = AttributeKey.longKey("luna.events");
  private static final AttributeKey<Long> MALFORMED = AttributeKey.longKey("luna.malformed_events");
  private static final AttributeKey<Long> SESSIONS = AttributeKey.longKey("luna.sessions");
  private static final AttributeKey<Long> MATCHED = AttributeKey.longKey("luna.matched");
  private static final AttributeKey<Long> DELIVERED = AttributeKey.longKey("luna.delivered");
  private static final AttributeKey<Long> WAITING = AttributeKey.longKey("luna.waiting");
  private static final AttributeKey<Long> DROPPED = AttributeKey.longKey("luna.dropped");
  private static final AttributeKey<Long> WRITTEN_BYTES =
      AttributeKey.longKey("luna.written_bytes");
  private static final AttributeKey<String> THREAD = AttributeKey.stringKey("thread.name");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");

  private final double ratio;
  private final boolean withAccountId;

  /** Null if tracing is disabled, as are the next three fields. */
  private final @Nullable SpanQueue export;

  private final @Nullable SdkTracerProvider provider;

  private final @Nullable Tracer tracer;
  private final @Nullable Counter ended;

  /**
   * @param version the version of the service
   */
  public Traces(TracingSettings settings, String version, Metrics metrics) {
    this.ratio = settings.sampleRatio();
    this.withAccountId = settings.accountId();
    if (!settings.enabled()) {
      export = null;
      provider = null;
      tracer = null;
      ended = null;
      return;
    }
    Resource resource =
        Resource.getDefault().toBuilder()
            .put("service.name", settings.serviceName())
            .put("service.version", version)
            .put("service.instance.id", UUID.randomUUID().toString())
            .build();
    SpanQueue queue = SpanQueue.create(settings, metrics);
    SdkTracerProvider created =
        SdkTracerProvider.builder()
            .setResource(resource)
            // The sampling decision is made before a span is created.
            .setSampler(Sampler.alwaysOn())
            .addSpanProcessor(queue.processor())
            .build();
    export = queue;
    provider = created;
    tracer = created.get("luna.sender");
    ended = SpanQueue.counter(metrics, "ended");
  }

  public boolean enabled() {
    return tracer != null;
  }

  /** Starts the span of a received payload; returns null if the payload is not traced. */
  public @Nullable Receipt receive(String account, int payloadBytes) {
    Tracer tracer = this.tracer;
    if (tracer == null || isSampledOut()) {
      return null;
    }
    Span span =
        tracer
            .spanBuilder("receive")
            .setNoParent()
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute("messaging.system", "redis")
            .setAttribute(PAYLOAD_BYTES, (long) payloadBytes)
            .startSpan();
    if (withAccountId) {
      span.setAttribute(ACCOUNT_ID, account);
    }
    return new Receipt(span);
  }

  /** Starts the span in which an event loop matches an event. */
  public @Nullable Match match(TraceContext trace) {
    Tracer tracer = this.tracer;
    return tracer == null
        ? null
        : new Match(tracer, start(tracer, "match", trace.traceId(), trace.spanId()));
  }

  /**
   * Starts the span of a handshake; returns null if it is not traced.
   *
   * @param parent the {@code traceparent} header of the client, or null. It can prevent that the
   *     handshake is traced, but cannot force it; else any client could enable tracing.
   */
  public @Nullable Handshake handshake(@Nullable String parent) {
    Tracer tracer = this.tracer;
    if (tracer == null || isSampledOut()) {
      return null;
    }
    Context from =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, new Parent());
    SpanContext named = Span.fromContext(from).getSpanContext();
    if (named.isValid() && !named.isSampled()) {
      return null;
    }
    return new Handshake(
        tracer
            .spanBuilder("handshake")
            .setParent(from)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.request.method", "GET")
            .setAttribute("http.route", "/{api}/ws")
            .startSpan());
  }

  /**
   * Stops tracing and exports the queued spans. Completes when the export has ended, however long
   * the collector takes.
   */
  public Future<Void> stop() {
    SdkTracerProvider provider = this.provider;
    if (export == null || provider == null) {
      return Future.succeededFuture();
    }
    export.end();
    Promise<Void> stopped = Promise.promise();
    provider.shutdown().whenComplete(stopped::tryComplete);
    return stopped.future();
  }

  /** Reads only {@link #PARENT}, because the related headers could have any length. */
  private static final class Parent implements TextMapGetter<@Nullable String> {
    @Override
    public Iterable<String> keys(@Nullable String parent) {
      return List.of(PARENT);
    }

    @Override
    public @Nullable String get(@Nullable String parent, String key) {
      return key.equals(PARENT) ? parent : null;
    }
  }

  private boolean isSampledOut() {
    return ratio < 1 && ThreadLocalRandom.current().nextDouble() >= ratio;
  }

  private static Span start(Tracer tracer, String name, String traceId, String parentId) {
    SpanContext parent =
        SpanContext.create(traceId, parentId, TraceFlags.getSampled(), TraceState.getDefault());
    return tracer
        .spanBuilder(name)
        .setParent(Context.root().with(Span.wrap(parent)))
        .setAttribute(THREAD, Thread.currentThread().getName())
        .startSpan();
  }

  private void end(Span span) {
    span.end();
    if (ended != null) {
      ended.increment();
    }
  }

  /** The span from receiving a payload until its events are published on the event bus. */
  public final class Receipt {
    private final Span span;

    private Receipt(Span span) {
      this.span = span;
    }

    /** Returns the context for the events of the payload. */
    public TraceContext trace() {
      SpanContext context = span.getSpanContext();
      return new TraceContext(context.getTraceId(), context.getSpanId());
    }

    /**
     * @param requestId the request id as in the payload, in quotes
     */
    public void end(@Nullable String requestId, int events, int malformed) {
      String id = requestId == null ? null : RequestId.ofQuoted(requestId);
      if (id != null) {
        span.setAttribute(REQUEST_ID, id);
      }
      span.setAttribute(EVENTS, (long) events);
      if (malformed > 0) {
        span.setAttribute(MALFORMED, (long) malformed);
      }
      Traces.this.end(span);
    }

    /** Ends the span of a malformed payload. */
    public void end(String reason) {
      span.setStatus(StatusCode.ERROR, reason);
      Traces.this.end(span);
    }
  }

  /** The span in which an event is tested by all filters of its account. */
  public final class Match {
    private final Tracer tracer;
    private final Span span;

    private Match(Tracer tracer, Span span) {
      this.tracer = tracer;
      this.span = span;
    }

    /**
     * @return the span for the frames, or null if no filter matched
     */
    public @Nullable Write end(int sessions, int matched) {
      span.setAttribute(SESSIONS, (long) sessions);
      span.setAttribute(MATCHED, (long) matched);
      Traces.this.end(span);
      if (matched == 0) {
        return null;
      }
      SpanContext parent = span.getSpanContext();
      return new Write(start(tracer, "write", parent.getTraceId(), parent.getSpanId()));
    }
  }

  /**
   * The span from the end of the matching until the frame is written to all matching clients, in a
   * batch with other frames.
   */
  public final class Write {
    private final Span span;
    private long delivered;
    private long waiting;
    private long dropped;
    private long bytes;

    private Write(Span span) {
      this.span = span;
    }

    /**
     * Records a frame that was written for a client.
     *
     * @param taken true if it was written to the socket; false if it waits for the client to read
     */
    public void written(int frameBytes, boolean taken) {
      bytes += frameBytes;
      if (taken) {
        delivered++;
      } else {
        waiting++;
      }
    }

    /** Records a frame that was dropped, because the client disconnected or is too slow. */
    public void dropped() {
      dropped++;
    }

    public void end() {
      span.setAllAttributes(
          Attributes.of(
              DELIVERED, delivered, WAITING, waiting, DROPPED, dropped, WRITTEN_BYTES, bytes));
      Traces.this.end(span);
    }
  }

  /** The span from the start of a handshake to the end of its response. */
  public final class Handshake {
    private final Span span;

    private Handshake(Span span) {
      this.span = span;
    }

    public void end(String requestId, int status) {
      span.setAttribute(REQUEST_ID, requestId);
      span.setAttribute(STATUS, (long) status);
      if (status >= 500) {
        span.setStatus(StatusCode.ERROR);
      }
      Traces.this.end(span);
    }
  }
}
