package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;

/**
 * Opens streams of Server-Sent Events, each on a connection of its own, or several on each HTTP/2
 * connection.
 *
 * <p>Owner: confined to its event loop.
 */
final class SseTransport implements ClientTransport {
  private static final int OK = 200;
  private static final long CANCEL = 8;

  /** As browsers: a stream may be far behind without holding up the others of its connection. */
  private static final int STREAM_WINDOW_BYTES = 6 << 20;

  private static final int CONNECTION_WINDOW_BYTES = 15 << 20;

  private final BenchPlan plan;
  private final Duration timeout;

  /** Keeps a reference, because Vert.x closes a client that is garbage collected. */
  private final HttpClient client;

  /**
   * @param onTls called with the session of each TLS connection
   */
  SseTransport(
      Vertx vertx, BenchPlan plan, Consumer<SSLSession> onTls, int connections, Duration timeout) {
    this.plan = plan;
    this.timeout = timeout;
    HttpClientOptions options =
        new HttpClientOptions()
            .setSsl(plan.isEncrypted())
            .setConnectTimeout((int) timeout.toMillis());
    PoolOptions pool = new PoolOptions().setHttp1MaxSize(Math.max(1, 2 * connections));
    int streams = plan.streamsPerConnection();
    if (streams > 0) {
      options
          .setUseAlpn(true)
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setHttp2MultiplexingLimit(streams)
          .setInitialSettings(new Http2Settings().setInitialWindowSize(STREAM_WINDOW_BYTES))
          .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES);
      pool.setHttp2MaxSize(Math.max(1, (connections + streams - 1) / streams));
    }
    plan.trust().apply(options);
    if (plan.storm() != null) {
      // A reset instead of a TIME_WAIT, which would use up the local ports.
      options.setSoLinger(0);
    }
    client =
        vertx
            .httpClientBuilder()
            .with(options)
            .with(pool)
            .withConnectHandler(
                connection -> {
                  if (connection.isSsl()) {
                    onTls.accept(connection.sslSession());
                  }
                })
            .build();
  }

  @Override
  public Future<ClientConnection> connect(String account, String query) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(plan.url().getHost())
            .setPort(plan.port())
            .setURI(plan.uri(query))
            .setTimeout(timeout.toMillis())
            .addHeader("Accept", "text/event-stream")
            .addHeader("Luna-Account-Id", account);
    return client.request(options).compose(HttpClientRequest::send).compose(SseTransport::opened);
  }

  private static Future<ClientConnection> opened(HttpClientResponse response) {
    return response.statusCode() == OK
        ? Future.succeededFuture(new Connection(response))
        : response
            .body()
            .compose(
                body ->
                    Future.failedFuture(
                        new RefusedException(
                            response.statusCode(),
                            response.getHeader("Retry-After"),
                            body.toString())));
  }

  private static final class Connection implements ClientConnection {
    private final HttpClientResponse response;
    private final SseReader reader = new SseReader();
    private boolean ended;

    Connection(HttpClientResponse response) {
      this.response = response;
    }

    @Override
    public void receive(Listener listener) {
      response.handler(part -> reader.read(part, listener));
      response.endHandler(end -> end(listener));
      response.exceptionHandler(broken -> end(listener));
    }

    private void end(Listener listener) {
      if (!ended) {
        ended = true;
        listener.onEnd(reader.closeCode());
      }
    }

    @Override
    public void close() {
      if (!ended) {
        response.request().reset(CANCEL);
      }
    }

    @Override
    public void drop() {
      response.request().connection().close();
    }
  }
}
