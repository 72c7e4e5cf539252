package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/**
 * Ends answers, so that HEAD has the fields that GET has.
 *
 * <p>Source: RFC 9110 sections 8.6, 9.3.2 and 9.3.7.
 */
public final class Responses {
  public static final String NOSNIFF = "X-Content-Type-Options";

  private Responses() {}

  /** Sends a body with its length, which Vert.x leaves out of an answer to HEAD. */
  public static void end(HttpServerResponse response, Buffer body) {
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length())).end(body);
  }

  /** Makes the answer to this request the last one on its connection (RFC 9112 section 9.6). */
  static void closeAfter(HttpServerRequest request) {
    request
        .response()
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .bodyEndHandler(sent -> request.connection().close());
  }

  /** Answers OPTIONS. A 204 has no length. */
  static void options(HttpServerResponse response, Set<String> allowed) {
    response
        .setStatusCode(204)
        .putHeader(HttpHeaders.ALLOW, String.join(", ", allowed))
        .headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH))
        .end();
  }
}
