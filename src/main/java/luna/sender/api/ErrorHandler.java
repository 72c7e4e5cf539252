package luna.sender.api;

import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.admission.LimitExceeded;
import luna.sender.event.RequestId;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts every failure to an error response. It decides nothing: the failure names its error, and
 * {@link LimitError} maps exceeded limits.
 *
 * <p>Shape: {@link ApiError#body}. Responses 429 and 503 of a handshake have a jittered {@code
 * Retry-After}.
 *
 * <p>Errors: a failure that is neither an {@link ApiException} nor a {@link LimitExceeded} is a
 * bug: the response is 500, and the log has an ERROR.
 */
public final class ErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorHandler.class);
  private static final RateLimitedLog LIMITED = RateLimitedLog.of(ErrorHandler.class);

  /** Vert.x reports 200 for a client that disconnects before its body has arrived. */
  private static final int[] STATUSES = {200, 400, 404, 405, 413, 500, 502, 503, 415};

  private final Metrics metrics;
  private final RequestRecorder recorder;

  public ErrorHandler(Metrics metrics) {
    this.metrics = metrics;
    this.recorder = new RequestRecorder(metrics);
  }

  /** Registers this as the failure handler of the server's root router. */
  void handle(Router router) {
    for (int status : STATUSES) {
      // In a handler for 404 or 405, the status of the context is -1, so pass it.
      router.errorHandler(status, context -> answer(context, failure(context, status)));
    }
  }

  /** Responds to a request for a path that does not exist. */
  void notFound(RoutingContext context) {
    answer(context, failure(context, 404));
  }

  /** Responds to a request that Netty could not parse and that never reaches the router. */
  public void invalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    ApiException failure;
    if (cause instanceof TooLongHttpLineException) {
      failure = new ApiException(ApiError.URI_TOO_LONG, "the URL is too long");
    } else if (cause instanceof io.netty.handler.codec.TooLongFrameException) {
      failure = new ApiException(ApiError.HEADERS_TOO_LARGE, "The headers are too large");
    } else {
      String fault = SingleValueHeaders.fault(request.headers());
      failure =
          new ApiException(ApiError.BAD_HEADER, fault == null ? "the request is not HTTP" : fault);
    }
    String requestId = RequestId.of(request.getHeader(RequestId.HEADER));
    request.response().putHeader(RequestId.HEADER, requestId).putHeader("Connection", "close");
    write(request, failure);
    recorder.record(
        null, failure.error().status(), failure.error().code(), requestId, recorder.pointTime(), 0);
    log(requestId, failure);
  }

  private ApiException failure(RoutingContext context, int status) {
    Throwable cause = context.failure();
    if (cause instanceof ApiException failure) {
      return failure;
    }
    if (cause instanceof LimitExceeded refused) {
      return LimitError.of(refused);
    }
    if (cause instanceof HttpClosedException
        || (cause instanceof IOException && context.response().headWritten())) {
      // The client reset the connection during the response. There is nothing to report or to
      // send.
      return new ApiException(ApiError.INTERNAL, "the client disconnected");
    }
    String path = context.request().path();
    if (status == 500 && path != null && QueryString.decode(path) == null) {
      // Vert.x throws for some malformed paths, and would throw again while it builds the log
      // message.
      return malformed(context);
    }
    return switch (status) {
      case 404 -> new ApiException(ApiError.NOT_FOUND);
      case 405 -> new ApiException(ApiError.METHOD_NOT_ALLOWED);
      case 400 -> malformed(context);
      case 413 -> new ApiException(ApiError.BODY_TOO_LARGE, "the body is too large");
      default -> {
        LIMITED
            .atError("fault")
            .addKeyValue("request_id", RequestState.of(context).requestId())
            .setCause(cause)
            .log("Internal error while handling {} {}", context.request().method(), path);
        yield new ApiException(ApiError.INTERNAL, "internal server error");
      }
    };
  }

  /** Describes a request that Vert.x rejected before routing. */
  private static ApiException malformed(RoutingContext context) {
    String fault = QueryString.of(context.request().query()).fault();
    if (fault != null) {
      return new ApiException(ApiError.BAD_QUERY, fault);
    }
    String path = context.request().path();
    if (path == null || path.isEmpty()) {
      return new ApiException(ApiError.BAD_HEADER, "path: none (expected: one that starts with /)");
    }
    return new ApiException(
        ApiError.BAD_HEADER,
        QueryString.decode(path) == null
            ? "the path is not percent-encoded UTF-8"
            : "Host: "
                + (context.request().headers().contains(HttpHeaders.HOST) ? "malformed" : "none")
                + " (expected: the host of the URL)");
  }

  private void answer(RoutingContext context, ApiException failure) {
    HttpServerResponse response = context.response();
    RequestState state = RequestState.of(context);
    if (state.isStream() || WsHandler.isHandshake(state)) {
      metrics.clients().handshake(Streams.outcome(failure.error()));
    }
    log(state.requestId(), failure);
    state.errorCode(failure.error().code());
    if (response.ended() || response.closed()) {
      return;
    }
    write(context.request(), failure);
  }

  private static void write(HttpServerRequest request, ApiException failure) {
    HttpServerResponse response = request.response();
    switch (failure.error()) {
      case UNAVAILABLE, FULL, TOO_MANY -> {
        // Add jitter, so that clients don't all retry in the same second.
        long seconds =
            failure.waitAtLeast().plusMillis(999).toSeconds()
                + ThreadLocalRandom.current().nextInt(1, 6);
        response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
      }
      default -> {
        // A retry would get the same response.
      }
    }
    JsonObject body = failure.error().body(String.valueOf(failure.getMessage()));
    response.setStatusCode(failure.error().status());
    Responses.json(request, body);
  }

  private static void log(String requestId, ApiException failure) {
    LOG.atDebug()
        .addKeyValue("request_id", requestId)
        .addKeyValue("status", failure.error().status())
        .addKeyValue("error_code", failure.error().code())
        .log("Request rejected");
  }
}
