package luna.sender.cli.doctor;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import luna.sender.bridge.history.RedisDiagnosis;
import luna.sender.cli.client.TlsTrust;
import luna.sender.config.RedisAddress;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;

/**
 * Collects the state of a node and of its Redis.
 *
 * <p>Errors: none; what cannot be collected is part of the result.
 *
 * <p>Owner: confined to one event loop.
 */
final class Doctor {
  static final String REDIS = "Redis: ";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String METRICS = "/metrics";
  private static final List<String> PATHS =
      List.of("/version", "/livez", "/readyz", "/healthcheck", "/config", METRICS);

  private final Vertx vertx;
  private final HttpClient http;
  private final String url;
  private final @Nullable RedisAddress redis;
  private final Duration interval;
  private final Evidence evidence = new Evidence();

  /**
   * @param evidence what was collected
   * @param findings what looks wrong, the worst first
   */
  record Result(Evidence evidence, List<Finding> findings) {}

  /**
   * @param url without a slash at the end
   * @param redis null = Redis is not asked
   * @param interval time between the two samples of the metrics
   */
  Doctor(Vertx vertx, String url, TlsTrust trust, @Nullable RedisAddress redis, Duration interval) {
    this.vertx = vertx;
    this.url = url;
    this.redis = redis;
    this.interval = interval;
    HttpClientOptions options = new HttpClientOptions();
    trust.apply(options);
    this.http = vertx.createHttpClient(options);
  }

  Future<Result> run() {
    evidence.add("Node", url + " at " + Instant.now());
    return get(METRICS)
        .compose(first -> pause().map(first))
        .compose(first -> askAll().map(first))
        .compose(first -> askRedis().map(first))
        .map(
            first ->
                new Result(
                    evidence,
                    Diagnosis.of(
                        evidence,
                        MetricsSample.parse(first),
                        MetricsSample.parse(evidence.body(METRICS)),
                        System.currentTimeMillis() / 1000.0)));
  }

  private Future<Void> askAll() {
    Future<Void> done = Future.succeededFuture();
    for (String path : PATHS) {
      done = done.compose(before -> get(path)).mapEmpty();
    }
    return done;
  }

  /** Returns the body of a response, and adds it; an empty text if there is none. */
  private Future<String> get(String path) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(url + path)
            .setTimeout(TIMEOUT.toMillis());
    if (path.equals("/config")) {
      options.putHeader("Accept", "text/plain");
    }
    return http.request(options)
        .compose(request -> request.send())
        .compose(
            response ->
                response
                    .body()
                    .map(
                        body -> {
                          evidence.add(path, response.statusCode(), body.toString());
                          return body.toString();
                        }))
        .otherwise(
            failure -> {
              evidence.add("GET " + path, "error: " + CauseText.of(failure));
              return "";
            });
  }

  private Future<Void> pause() {
    Promise<Void> paused = Promise.promise();
    vertx.setTimer(Math.max(1, interval.toMillis()), now -> paused.complete());
    return paused.future();
  }

  private Future<Void> askRedis() {
    if (redis == null) {
      return Future.succeededFuture();
    }
    return new RedisDiagnosis(vertx, redis)
        .collect()
        .otherwise(failure -> Map.of("connection", "error: " + CauseText.of(failure)))
        .map(
            texts -> {
              texts.forEach((title, text) -> evidence.add(REDIS + title, text));
              return null;
            });
  }
}
