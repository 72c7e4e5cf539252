package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import luna.sender.config.Config;
import luna.sender.http.ConnectionTimeouts;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Reads the bodies of authorized requests. They stay in memory until the response has been sent.
 *
 * <p>How: at most {@value #MAX_CONCURRENT} bodies at a time, each up to a limit of bytes and with a
 * time limit. Only this class limits that time: {@link ConnectionTimeouts} closes no connection
 * while its request is being answered. When all slots are taken, the body that has been idle for
 * longest loses its slot.
 *
 * <p>Errors: {@link ApiError#BODY_TOO_LARGE}; {@link ApiError#BODY_TIMEOUT}, after which the
 * connection is closed; {@link ApiError#TOO_MANY} for a body that lost its slot; {@link
 * ApiError#FULL} if none is idle.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RequestBodies {
  static final String JSON = "application/json";

  private static final int MAX_CONCURRENT = 16;

  /** A body counts as idle when no bytes have arrived for this long. */
  private static final Duration IDLE = Duration.ofMillis(250);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final int limitBytes;
  private final Duration timeout;
  private int places;

  /** Incomplete bodies; the one that has been idle for longest comes first. */
  private final Set<Body> reading = new LinkedHashSet<>();

  /** Its time limit lasts from the start of {@link #read} until the body is complete. */
  RequestBodies(Vertx vertx, FaultGuard guard, Config config) {
    this.vertx = vertx;
    this.guard = guard;
    this.limitBytes = config.redis().payloadLimitBytes();
    this.timeout = config.http().handshakeTimeout();
  }

  /**
   * Pauses the request until {@link #read} is called or the response has been sent. Must be the
   * first handler.
   */
  static void pause(RoutingContext context) {
    context.request().pause();
    context.addEndHandler(
        ended -> {
          // Over HTTP/2, a request that has been read cannot be resumed.
          if (!context.request().isEnded()) {
            context.request().resume();
          }
        });
    context.next();
  }

  /**
   * Requires that the body is JSON. Compares the media type only: its parameters make no difference
   * for JSON.
   */
  static void requireJson(HttpServerRequest request) {
    String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
    String type = header == null ? "" : header;
    int semicolon = type.indexOf(';');
    if (!(semicolon < 0 ? type : type.substring(0, semicolon)).strip().equalsIgnoreCase(JSON)) {
      throw new ApiException(
          ApiError.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type: " + ParameterError.shown(type) + " (expected: " + JSON + ")");
    }
  }

  /** Reads the whole body. */
  Future<Buffer> read(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (declaredBytes(request) > limitBytes) {
      return Future.failedFuture(tooLarge());
    }
    if (places == MAX_CONCURRENT && !evictIdlest()) {
      return Future.failedFuture(
          new ApiException(ApiError.FULL, "Too many request bodies are being read"));
    }
    Body body = new Body(context);
    context.addEndHandler(
        ended -> {
          places--;
          body.fail(new HttpClosedException("the client disconnected"));
        });
    // Count the slot only now: the end handler above is what releases it.
    places++;
    if (request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
      request.response().writeContinue();
    }
    request.handler(body::append);
    request.endHandler(ended -> body.end());
    request.exceptionHandler(body::fail);
    request.resume();
    return body.complete.future();
  }

  /** Netty has already rejected a length that is not a number, or that is given twice. */
  private static long declaredBytes(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }

  private boolean evictIdlest() {
    if (reading.isEmpty()) {
      return false;
    }
    Body idlest = reading.iterator().next();
    if (System.nanoTime() - idlest.lastReadNanos < IDLE.toNanos()) {
      return false;
    }
    idlest.fail(new ApiException(ApiError.TOO_MANY, "Too many request bodies at the same time"));
    // The error response has already ended that request, which has released its place.
    return places < MAX_CONCURRENT;
  }

  private static ApiException tooLarge() {
    return new ApiException(ApiError.BODY_TOO_LARGE, "the body is too large");
  }

  /** The state of one body. */
  private final class Body {
    private final Promise<Buffer> complete = Promise.promise();
    private final Buffer bytes = Buffer.buffer();
    private final long timer;
    private long lastReadNanos = System.nanoTime();

    Body(RoutingContext context) {
      // Periodic, so that it fires again if the first timeout throws.
      timer = guard.periodic(vertx, GuardedTask.HTTP_BODY, timeout, () -> timeOut(context));
      reading.add(this);
    }

    void append(Buffer part) {
      if (bytes.length() + part.length() > limitBytes) {
        fail(tooLarge());
      } else if (reading.remove(this)) {
        bytes.appendBuffer(part);
        lastReadNanos = System.nanoTime();
        reading.add(this);
      }
    }

    private void timeOut(RoutingContext context) {
      // Otherwise the rest of the body would be parsed as the next request.
      Responses.closeAfter(context.request());
      fail(new ApiException(ApiError.BODY_TIMEOUT, "the body was not received in time"));
    }

    void end() {
      stop();
      complete.tryComplete(bytes);
    }

    void fail(Throwable failure) {
      stop();
      complete.tryFail(failure);
    }

    private void stop() {
      reading.remove(this);
      vertx.cancelTimer(timer);
    }
  }
}
