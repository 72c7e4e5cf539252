package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.auth.Origins;
import luna.sender.event.RequestId;
import luna.sender.socket.SessionOpener;

/**
 * Lets scripts of web pages that {@code ALLOWED_ORIGINS} lists read the responses of operations on
 * an account: CORS. Browsers do not need it for WebSockets, which {@link AuthenticationHandler}
 * checks.
 *
 * <p>How: the fields are set before anything else is decided, so a script can also read an error.
 * Cookies are not used, so there is no {@code Access-Control-Allow-Credentials}.
 *
 * <p>Source: Fetch standard, section 3.3.
 */
final class CrossOriginHeaders {
  private static final Set<String> OPERATIONS = Set.of("events", "explain");

  /** The fields that a request may have, but for those that browsers always allow. */
  private static final String REQUEST_FIELDS =
      String.join(
          ", ",
          "Authorization",
          "Content-Type",
          "Last-Event-ID",
          AccountAuthorizationHandler.HEADER,
          RequestId.HEADER);

  /** The fields of responses that scripts may read, but for those that browsers always show. */
  private static final String RESPONSE_FIELDS =
      String.join(
          ", ",
          HandshakeRequest.FILTER_WARNINGS,
          HandshakeRequest.IGNORED_PARAMETERS,
          SessionOpener.RESUME,
          RequestId.HEADER,
          "Retry-After",
          "WWW-Authenticate");

  /** How long browsers may cache the response to a preflight request. */
  private static final String MAX_AGE_SECONDS = "600";

  private final Origins origins;
  private final Set<String> paths = new HashSet<>();

  CrossOriginHeaders(OpenAPIContract contract, Origins origins) {
    this.origins = origins;
    for (Path path : contract.getPaths()) {
      if (path.getOperations().stream().anyMatch(o -> OPERATIONS.contains(o.getOperationId()))) {
        paths.addAll(PathTable.expand(path));
      }
    }
  }

  /**
   * Sets the header fields.
   *
   * @param allowed the methods that the path allows
   */
  void set(HttpServerRequest request, Set<String> allowed) {
    if (!paths.contains(PathTable.path(request.uri()))) {
      return;
    }
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    List<String> pages = request.headers().getAll(HttpHeaders.ORIGIN);
    if (pages.isEmpty() || !origins.allow(pages, AuthenticationHandler.host(request))) {
      return;
    }
    response
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, pages.get(0))
        .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_FIELDS);
    if (request.method() == HttpMethod.OPTIONS
        && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) {
      response
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, String.join(", ", allowed))
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_FIELDS)
          .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    }
  }
}
