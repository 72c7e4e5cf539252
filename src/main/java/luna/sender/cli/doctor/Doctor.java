package luna.sender.cli.doctor;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import luna.sender.bridge.history.RedisDiagnosis;
import luna.sender.cli.client.ErrorDetail;
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
  static final String LOG = "Log";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String METRICS = "/metrics";
  private static final List<String> PATHS =
      List.of("/version", "/livez", "/readyz", "/healthcheck", "/config", METRICS);

  private final Vertx vertx;
  private final HttpClient http;
  private final String url;
  private final @Nullable RedisAddress redis;
  private final Duration interval;
  private final @Nullable String token;
  private final Evidence evidence = new Evidence();

  /** Whether a request had no response. The node is then not asked again. */
  private boolean silent;

  /**
   * @param evidence what was collected
   * @param findings what looks wrong, the worst first
   */
  record Result(Evidence evidence, List<Finding> findings) {}

  /**
   * @param url without a slash at the end
   * @param redis null = Redis is not asked
   * @param interval time between the two samples of the metrics
   * @param token of an operator; null = the node is not asked for its log
   */
  Doctor(
      Vertx vertx,
      String url,
      TlsTrust trust,
      @Nullable RedisAddress redis,
      Duration interval,
      @Nullable String token) {
    this.vertx = vertx;
    this.url = url;
    this.redis = redis;
    this.interval = interval;
    this.token = token;
    HttpClientOptions options = new HttpClientOptions();
    trust.apply(options);
    this.http = vertx.createHttpClient(options);
  }

  /**
   * @param log the end of a log file; empty = the node is asked for its log, if there is a token
   */
  Future<Result> run(String log) {
    evidence.add("Node", url + " at " + Instant.now());
    return get(METRICS)
        .compose(first -> pause().map(first))
        .compose(first -> askAll().map(first))
        .compose(first -> askRedis().map(first))
        .compose(first -> addLog(log).map(first))
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
    if (silent) {
      evidence.add("GET " + path, "not asked, because the node has not answered before");
      return Future.succeededFuture("");
    }
    RequestOptions options = request(path);
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
              silent = true;
              evidence.add("GET " + path, "error: " + CauseText.of(failure));
              return "";
            });
  }

  private RequestOptions request(String path) {
    return new RequestOptions()
        .setMethod(HttpMethod.GET)
        .setAbsoluteURI(url + path)
        .setTimeout(TIMEOUT.toMillis());
  }

  private Future<Void> addLog(String log) {
    if (!log.isEmpty()) {
      evidence.add(LOG, log);
      return Future.succeededFuture();
    }
    if (token == null) {
      evidence.missing("the log: use --log-file, or an operator's token");
      return Future.succeededFuture();
    }
    if (silent) {
      evidence.missing("the log: the node does not answer");
      return Future.succeededFuture();
    }
    return http.request(request("/log").putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token))
        .compose(request -> request.send())
        .compose(response -> response.body().map(body -> addLog(response.statusCode(), body)))
        .otherwise(
            failure -> {
              evidence.missing("the log: " + CauseText.of(failure));
              return null;
            });
  }

  private @Nullable Void addLog(int status, Buffer body) {
    if (status == 200) {
      evidence.add(
          LOG,
          new JsonObject(body)
              .getJsonArray("lines").stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining("\n")));
    } else if (status == 404) {
      evidence.missing(
          "the log: the node has no operators' API (is LUNA_SENDER_ADMIN.TOKENS_FILE"
              + " configured?); use --log-file");
    } else {
      String detail = Objects.requireNonNullElse(ErrorDetail.of(body.toString()), "");
      evidence.missing("the log: HTTP " + status + ": " + detail);
    }
    return null;
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
        .otherwise(
            failure -> {
              evidence.missing("Redis: " + CauseText.of(failure));
              return Map.of("connection", "error: " + CauseText.of(failure));
            })
        .map(
            texts -> {
              texts.forEach((title, text) -> evidence.add(REDIS + title, text));
              return null;
            });
  }
}
