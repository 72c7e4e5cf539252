package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
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

  /**
   * Sends a body with its length. Vert.x omits the length in responses to HEAD, and over HTTP/2 it
   * would send their body.
   */
  public static void end(HttpServerRequest request, Buffer body) {
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
    if (request.method() == HttpMethod.HEAD && request.version() == HttpVersion.HTTP_2) {
      response.end();
    } else {
      response.end(body);
    }
  }

  /** Sends a JSON document. */
  static void json(HttpServerRequest request, JsonObject body) {
    request
        .response()
        .putHeader(NOSNIFF, "nosniff")
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
    end(request, body.toBuffer());
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
