package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * Ends responses, such that HEAD has the same header fields as GET.
 *
 * <p>Source: RFC 9110 sections 8.6, 9.3.2 and 9.3.7.
 */
public final class Responses {
  public static final String NOSNIFF = "X-Content-Type-Options";

  private Responses() {}

  /** Sends a body with its length, which Vert.x omits in responses to HEAD. */
  public static void end(HttpServerResponse response, Buffer body) {
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length())).end(body);
  }

  /** Sends a JSON document. */
  static void json(HttpServerResponse response, JsonObject body) {
    end(
        response
            .putHeader(NOSNIFF, "nosniff")
            .putHeader(HttpHeaders.CONTENT_TYPE, "application/json"),
        body.toBuffer());
  }

  /**
   * Closes the connection after the response to this request (RFC 9112 section 9.6). Over HTTP/2,
   * the end of the stream is enough.
   */
  static void closeAfter(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      return;
    }
    request
        .response()
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .bodyEndHandler(sent -> request.connection().close());
  }

  /** Responds to OPTIONS. A 204 has no {@code Content-Length}. */
  static void options(HttpServerResponse response, Set<String> allowed) {
    response
        .setStatusCode(204)
        .putHeader(HttpHeaders.ALLOW, String.join(", ", allowed))
        .headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH))
        .end();
  }
}
