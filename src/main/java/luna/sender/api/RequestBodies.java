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
import luna.sender.http.ConnectionTimeouts;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Reads the bodies of requests whose callers are known, and keeps them in memory until their answer
 * has been sent.
 *
 * <p>Shape: at most {@value #AT_ONCE} at a time, of up to a limit of bytes each. A body has a
 * bounded time, which this class alone limits: {@link ConnectionTimeouts} closes no connection
 * whose request is being answered. When all places are taken, the body that has been silent for
 * longest loses its place.
 *
 * <p>Errors: {@link ApiError#BODY_TOO_LARGE}; {@link ApiError#BODY_TIMEOUT}, after which the
 * connection is closed; {@link ApiError#TOO_MANY} for a body that lost its place; {@link
 * ApiError#FULL} if none can lose it.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RequestBodies {
  private static final int AT_ONCE = 16;

  /** A body that has been silent for less than this may be on its way. */
  private static final Duration SILENCE = Duration.ofMillis(250);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final int limitBytes;
  private final Duration timeout;
  private int places;

  /** Those that are not complete; that which has been silent for longest is the first. */
  private final Set<Body> reading = new LinkedHashSet<>();

  /**
   * @param timeout from the moment when a body is asked for until it is whole
   */
  RequestBodies(Vertx vertx, FaultGuard guard, int limitBytes, Duration timeout) {
    this.vertx = vertx;
    this.guard = guard;
    this.limitBytes = limitBytes;
    this.timeout = timeout;
  }

  /**
   * The first handler: nothing of the body is read until it is asked for, or the answer is sent.
   */
  static void hold(RoutingContext context) {
    context.request().pause();
    context.addEndHandler(ended -> context.request().resume());
    context.next();
  }

  /** Reads the body to its end. */
  Future<Buffer> read(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (declaredBytes(request) > limitBytes) {
      return Future.failedFuture(tooLarge());
    }
    if (places == AT_ONCE && !makeRoom()) {
      return Future.failedFuture(
          new ApiException(ApiError.FULL, "Too many of these requests are being answered"));
    }
    Body body = new Body(context);
    context.addEndHandler(
        ended -> {
          places--;
          body.fail(new HttpClosedException("the client left"));
        });
    // Only now, for nothing else would give the place back.
    places++;
    if (request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
      request.response().writeContinue();
    }
    request.handler(body::append);
    request.endHandler(end -> body.complete());
    request.exceptionHandler(body::fail);
    request.resume();
    return body.whole.future();
  }

  /** Netty has refused what is no number, or given twice. */
  private static long declaredBytes(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }

  private boolean makeRoom() {
    if (reading.isEmpty()) {
      return false;
    }
    Body silent = reading.iterator().next();
    if (System.nanoTime() - silent.heardNanos < SILENCE.toNanos()) {
      return false;
    }
    silent.fail(new ApiException(ApiError.TOO_MANY, "Too many of these requests come at once"));
    // Its answer ends the request, and so gives its place back.
    return places < AT_ONCE;
  }

  private static ApiException tooLarge() {
    return new ApiException(ApiError.BODY_TOO_LARGE, "the body is too large");
  }

  /** What has come of one body. */
  private final class Body {
    private final Promise<Buffer> whole = Promise.promise();
    private final Buffer bytes = Buffer.buffer();
    private final long timer;
    private long heardNanos = System.nanoTime();

    Body(RoutingContext context) {
      // Periodic, so that a fault when it is due is not the end of it.
      timer = guard.periodic(vertx, GuardedTask.HTTP_BODY, timeout, () -> timeOut(context));
      reading.add(this);
    }

    void append(Buffer part) {
      if (bytes.length() + part.length() > limitBytes) {
        fail(tooLarge());
      } else if (reading.remove(this)) {
        bytes.appendBuffer(part);
        heardNanos = System.nanoTime();
        reading.add(this);
      }
    }

    private void timeOut(RoutingContext context) {
      // The rest of the body would be read as the next request.
      Responses.closeAfter(context.request());
      fail(new ApiException(ApiError.BODY_TIMEOUT, "the body did not come in time"));
    }

    void complete() {
      stop();
      whole.tryComplete(bytes);
    }

    void fail(Throwable failure) {
      stop();
      whole.tryFail(failure);
    }

    private void stop() {
      reading.remove(this);
      vertx.cancelTimer(timer);
    }
  }
}
