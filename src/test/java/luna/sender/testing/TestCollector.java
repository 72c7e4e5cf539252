package luna.sender.testing;

import static luna.sender.testing.Waiting.await;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A collector of traces: receives spans by OTLP over HTTP at {@code /v1/traces} and stores them.
 *
 * <p>Owner: thread-safe.
 */
public final class TestCollector implements AfterEachCallback {
  /**
   * A received span.
   *
   * @param parent empty if there is none
   */
  public record Received(
      Span span, String traceId, String id, String parent, Map<String, Object> attributes) {
    public String name() {
      return span.getName();
    }

    /** A number. */
    public long count(String attribute) {
      return (Long) attributes.get(attribute);
    }
  }

  private final Vertx vertx = Vertx.vertx();
  private final Collection<Received> spans = new ConcurrentLinkedQueue<>();
  private final Collection<Map<String, Object>> resources = new ConcurrentLinkedQueue<>();
  private final Collection<MultiMap> requests = new ConcurrentLinkedQueue<>();
  private volatile boolean silent;
  private HttpServer server;
  private int port;

  /** Starts on a free port. */
  public TestCollector() {
    await(listen(server()));
  }

  public String endpoint() {
    return "http://127.0.0.1:" + port + "/v1/traces";
  }

  /** Stops answering; requests are still accepted. */
  public void fallSilent() {
    silent = true;
  }

  /** Closes its port until {@link #comeBack}. */
  public void goAway() {
    await(server.close());
  }

  public void comeBack() {
    await(listen(server()));
  }

  /** Returns the headers of each request. */
  public List<MultiMap> requests() {
    return List.copyOf(requests);
  }

  /** Returns the resource attributes of each batch. */
  public List<Map<String, Object>> resources() {
    return List.copyOf(resources);
  }

  public List<Received> spans() {
    return List.copyOf(spans);
  }

  public List<Received> spans(String name) {
    return spans.stream().filter(span -> span.name().equals(name)).toList();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    await(vertx.close());
  }

  private HttpServer server() {
    return vertx
        .createHttpServer(
            new HttpServerOptions().setDecompressionSupported(true).setHttp2ClearTextEnabled(false))
        .requestHandler(this::take);
  }

  private Future<HttpServer> listen(HttpServer fresh) {
    server = fresh;
    return fresh.listen(port, "127.0.0.1").onSuccess(listening -> port = listening.actualPort());
  }

  private void take(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              requests.add(request.headers());
              boolean right =
                  request.path().equals("/v1/traces")
                      && "application/x-protobuf".equals(request.getHeader("Content-Type"));
              if (right) {
                keep(body);
              }
              if (!silent) {
                request
                    .response()
                    .setStatusCode(right ? 200 : 415)
                    .putHeader("Content-Type", "application/x-protobuf")
                    .end(
                        Buffer.buffer(
                            ExportTraceServiceResponse.getDefaultInstance().toByteArray()));
              }
            });
  }

  private void keep(Buffer body) {
    try {
      for (ResourceSpans of :
          ExportTraceServiceRequest.parseFrom(body.getBytes()).getResourceSpansList()) {
        resources.add(values(of.getResource().getAttributesList()));
        for (ScopeSpans scope : of.getScopeSpansList()) {
          scope.getSpansList().forEach(span -> spans.add(received(span)));
        }
      }
    } catch (InvalidProtocolBufferException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Received received(Span span) {
    HexFormat hex = HexFormat.of();
    return new Received(
        span,
        hex.formatHex(span.getTraceId().toByteArray()),
        hex.formatHex(span.getSpanId().toByteArray()),
        hex.formatHex(span.getParentSpanId().toByteArray()),
        values(span.getAttributesList()));
  }

  private static Map<String, Object> values(List<KeyValue> attributes) {
    Map<String, Object> values = new TreeMap<>();
    for (KeyValue attribute : attributes) {
      AnyValue value = attribute.getValue();
      values.put(
          attribute.getKey(),
          value.hasIntValue() ? (Object) value.getIntValue() : value.getStringValue());
    }
    return values;
  }
}
