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

// Over 300 lines, for it is one thing: the spans of a payload, from its receipt to the sockets.
/**
 * Where the time of a payload goes: its receipt, and on each event loop that has clients of its
 * account, the matching and the writing of each of its events.
 *
 * <p>Shape: the spans {@code receive}, {@code match} below it and {@code write} below that, and
 * {@code handshake} by itself; one for an event and loop, with counts, never one for a client.
 * Whether a payload is traced is decided once, when it comes. Nothing of an event's content is in a
 * span, nor a URL or a header.
 *
 * <p>Errors: none; what the collector does not take is lost and counted, as {@link SpanQueue} says.
 *
 * <p>Owner: thread-safe. What it gives out belongs to the event loop that has asked for it.
 *
 * <p>Why the service's own spans and no tracing of Vert.x's: that would make a span for each
 * delivery on the bus, and write query strings into those of HTTP.
 */
public final class Traces {
  /** The header in which a client may name the span that it does its handshake for. */
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
  private final boolean tellsAccount;

  /** Null if nothing is ever traced; likewise those that follow. */
  private final @Nullable SpanQueue export;

  private final @Nullable SdkTracerProvider provider;

  private final @Nullable Tracer tracer;
  private final @Nullable Counter ended;

  /**
   * @param version of the service
   */
  public Traces(TracingSettings settings, String version, Metrics metrics) {
    this.ratio = settings.sampleRatio();
    this.tellsAccount = settings.accountId();
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
    SpanQueue to = SpanQueue.to(settings, metrics);
    SdkTracerProvider made =
        SdkTracerProvider.builder()
            .setResource(resource)
            // It was decided before a span is made.
            .setSampler(Sampler.alwaysOn())
            .addSpanProcessor(to.queue())
            .build();
    export = to;
    provider = made;
    tracer = made.get("luna.sender");
    ended = SpanQueue.counter(metrics, "ended");
  }

  public boolean enabled() {
    return tracer != null;
  }

  /** A payload came: its span, which begins now, or null if it is not traced. */
  public @Nullable Receipt receive(String account, int payloadBytes) {
    Tracer tracer = this.tracer;
    if (tracer == null || isPassedOver()) {
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
    if (tellsAccount) {
      span.setAttribute(ACCOUNT_ID, account);
    }
    return new Receipt(span);
  }

  /** An event's turn has come on this event loop. */
  public @Nullable Match match(TraceContext trace) {
    Tracer tracer = this.tracer;
    return tracer == null
        ? null
        : new Match(tracer, start(tracer, "match", trace.traceId(), trace.spanId()));
  }

  /**
   * A client asks for a WebSocket: its span, which begins now, or null if it is not traced.
   *
   * @param parent what the client says of its own trace. It may keep its handshake out of it, but
   *     not have it traced: else anyone could have all traced.
   */
  public @Nullable Handshake handshake(@Nullable String parent) {
    Tracer tracer = this.tracer;
    if (tracer == null || isPassedOver()) {
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
   * Makes no more spans, and sends those that wait. Succeeds when they are gone, which takes as
   * long as the collector does.
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

  /** Reads {@link #PARENT} and nothing else: what else comes with it could be of any length. */
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

  private boolean isPassedOver() {
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

  /** From a payload's receipt until its events are on the bus. */
  public final class Receipt {
    private final Span span;

    private Receipt(Span span) {
      this.span = span;
    }

    /** For the events of the payload. */
    public TraceContext trace() {
      SpanContext context = span.getSpanContext();
      return new TraceContext(context.getTraceId(), context.getSpanId());
    }

    /**
     * @param requestId of the payload as it is written there, in quotes
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

    /** The payload is malformed: nothing comes of it. */
    public void end(String reason) {
      span.setStatus(StatusCode.ERROR, reason);
      Traces.this.end(span);
    }
  }

  /** From an event's turn until all filters of its account have been asked. */
  public final class Match {
    private final Tracer tracer;
    private final Span span;

    private Match(Tracer tracer, Span span) {
      this.tracer = tracer;
      this.span = span;
    }

    /**
     * @return where the frames are told, or null if nobody wants one
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

  /** From then until its frame is written to all who want it, together with what came with it. */
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
     * A client's frame was written.
     *
     * @param taken whether its socket has it; if not, it waits for the client to read
     */
    public void written(int frameBytes, boolean taken) {
      bytes += frameBytes;
      if (taken) {
        delivered++;
      } else {
        waiting++;
      }
    }

    /** A client is gone, or too slow. */
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

  /** From a handshake's first look to the end of its answer. */
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
