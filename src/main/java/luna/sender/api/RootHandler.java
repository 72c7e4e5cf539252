package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import luna.sender.headers.FieldValue;

/**
 * The first handler of every request: sets its id and the security headers on the response, records
 * it when the response has ended, and checks its head, path, method and query.
 *
 * <p>Errors: {@link ApiException}. A request for a path that does not exist, or with a method that
 * the path does not allow, never reaches another handler.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 9110 sections 9.3.7 and 15.5.6.
 */
final class RootHandler implements Handler<RoutingContext> {
  private final PathTable resources;
  private final CrossOriginHeaders crossOrigin;
  private final Pages pages;
  private final RequestRecorder recorder;
  private final RequestObserver observer;
  private final int lineLimit;

  /**
   * @param lineLimit the longest URL; over HTTP/1, Netty has checked the whole line before
   */
  RootHandler(
      PathTable resources,
      CrossOriginHeaders crossOrigin,
      Pages pages,
      RequestRecorder recorder,
      RequestObserver observer,
      int lineLimit) {
    this.resources = resources;
    this.crossOrigin = crossOrigin;
    this.pages = pages;
    this.recorder = recorder;
    this.observer = observer;
    this.lineLimit = lineLimit;
  }

  @Override
  public void handle(RoutingContext context) {
    long nanos = System.nanoTime();
    long began = recorder.pointTime();
    RequestState state = RequestState.of(context);
    pages.secure(context);
    HttpServerRequest request = context.request();
    observer.answering(request);
    context.addEndHandler(ended -> state.answered());
    state.onAnswered(
        () -> {
          observer.answered(request);
          recorder.record(
              state.operation(),
              context.response().getStatusCode(),
              state.errorCode(),
              state.requestId(),
              began,
              System.nanoTime() - nanos);
        });
    requireValidHead(request);
    if (request.version() != HttpVersion.HTTP_2) {
      closeIfAsked(request);
    }
    Set<String> allowed = allowed(request);
    crossOrigin.set(request, allowed);
    if (request.method() == HttpMethod.OPTIONS) {
      Responses.options(context.response(), allowed);
    } else if (allowed.contains(request.method().name())) {
      QueryCheck.require(request.query());
      context.next();
    } else {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      throw new ApiException(ApiError.METHOD_NOT_ALLOWED);
    }
  }

  private void requireValidHead(HttpServerRequest request) {
    if (request.uri().length() > lineLimit) {
      throw new ApiException(ApiError.URI_TOO_LONG, "the URL is too long");
    }
    String fault = SingleValueHeaders.fault(request.headers());
    if (fault != null) {
      throw new ApiException(ApiError.BAD_HEADER, fault);
    }
  }

  /**
   * Closes the connection after the response if the client requests it. Vert.x only detects {@code
   * close} if it is the whole field (RFC 9112, section 9.6).
   */
  private static void closeIfAsked(HttpServerRequest request) {
    MultiMap headers = request.headers();
    if (!headers.contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true)
        && FieldValue.contains(FieldValue.list(headers.getAll(HttpHeaders.CONNECTION)), "close")) {
      Responses.closeAfter(request);
    }
  }

  private Set<String> allowed(HttpServerRequest request) {
    String path = PathTable.path(request.uri());
    Set<String> allowed = path == null ? null : resources.allowed(path);
    if (allowed == null) {
      throw path != null && QueryString.decode(path) == null
          ? new ApiException(ApiError.BAD_HEADER, "the path is not percent-encoded UTF-8")
          : new ApiException(ApiError.NOT_FOUND);
    }
    return allowed;
  }
}
