package luna.sender.cli.operator;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Objects;
import luna.sender.cli.client.ErrorDetail;
import luna.sender.cli.client.TlsTrust;

/**
 * A client of the operators' API of one node.
 *
 * <p>Errors: a future fails with {@link Refused} if the node's response is an error, and with an
 * exception of the connection otherwise.
 *
 * <p>Owner: thread-safe.
 */
final class OperatorClient {
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http;
  private final String url;
  private final String token;

  /** An error of the node. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String detail) {
      super(detail);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * @param url scheme, host, port and the path prefix of a gateway, without a slash at the end
   */
  OperatorClient(Vertx vertx, String url, String token, TlsTrust trust) {
    HttpClientOptions options = new HttpClientOptions();
    trust.apply(options);
    this.http = vertx.createHttpClient(options);
    this.url = url;
    this.token = token;
  }

  Future<JsonObject> send(HttpMethod method, String path) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setAbsoluteURI(url + path)
            .setTimeout(TIMEOUT.toMillis())
            .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token);
    return http.request(options)
        .compose(request -> request.send())
        .compose(
            response ->
                response
                    .body()
                    .compose(
                        body ->
                            response.statusCode() == 200
                                ? Future.succeededFuture(new JsonObject(body))
                                : Future.failedFuture(refused(response.statusCode(), body))));
  }

  private static Refused refused(int status, Buffer body) {
    return new Refused(status, Objects.requireNonNullElse(ErrorDetail.of(body.toString()), ""));
  }
}
