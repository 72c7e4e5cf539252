package luna.sender.influx;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import java.util.concurrent.TimeUnit;
import luna.sender.config.InfluxMonitoring;
import luna.sender.config.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Sends write requests to InfluxDB 2, one at a time.
 *
 * <p>Shape: line protocol with times in nanoseconds; not compressed, because that would run on an
 * event loop.
 *
 * <p>Errors: {@link #write} fails if there is no complete response within {@link #REQUEST_TIMEOUT}.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: https://docs.influxdata.com/influxdb/v2/api/write-data/
 */
final class InfluxClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final InfluxMonitoring settings;
  private final HttpClient client;
  private final String target;
  private @Nullable HttpClientRequest pending;

  InfluxClient(Vertx vertx, InfluxMonitoring settings) {
    this.vertx = vertx;
    this.settings = settings;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(settings.useSsl())
                .setVerifyHost(true)
                .setDefaultHost(settings.host())
                .setDefaultPort(settings.port())
                .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis()),
            new PoolOptions().setHttp1MaxSize(1));
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

  /** Writes points. Cancels a request that fails. */
  Future<InfluxResponse> write(List<byte[]> lines) {
    Buffer body = Buffer.buffer();
    lines.forEach(body::appendBytes);
    return token()
        .compose(token -> send(body, token))
        .timeout(REQUEST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(failure -> cancel())
        .onComplete(ended -> pending = null);
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
    return client
        .request(options)
        .compose(
            request -> {
              pending = request;
              return request.send(body).compose(InfluxResponse::read);
            });
  }

  /** Cancels the request that has no response yet, if there is one. */
  void cancel() {
    if (pending != null) {
      pending.reset();
      pending = null;
    }
  }
}
