package luna.sender.api;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import luna.sender.ops.Readiness;

/**
 * Operations {@code livez} and {@code readyz}: what an orchestrator asks every few seconds.
 *
 * <p>Errors: {@link ApiError#NOT_READY} that names what is wrong. A probe that comes to an event
 * loop that is stuck gets no answer, and times out at the one who asks.
 *
 * <p>Owner: thread-safe; one for all event loops.
 */
public final class Probes {
  /** Longer than a loop is busy, and with the way there and back still within a second. */
  private static final Duration PATIENCE = Duration.ofMillis(750);

  private final Readiness readiness;
  private final List<Context> loops = new CopyOnWriteArrayList<>();

  public Probes(Readiness readiness) {
    this.readiness = readiness;
  }

  /** From now on this event loop has to answer. */
  void watch(Context loop) {
    loops.add(loop);
  }

  List<Context> loops() {
    return loops;
  }

  /** A restart helps against a stuck event loop, and not against a Redis that is away. */
  void livez(RoutingContext context) {
    new RollCall(context).begin();
  }

  /** Asks nobody: each part knows how it is. */
  void readyz(RoutingContext context) {
    List<String> faults = readiness.faults();
    if (faults.isEmpty()) {
      answer(context, "ready");
    } else {
      context.fail(new ApiFailure(ApiError.NOT_READY, String.join("; ", faults)));
    }
  }

  private static void answer(RoutingContext context, String what) {
    Answers.end(
        context.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json"),
        new JsonObject().put(what, true).toBuffer());
  }

  /** Sends a task round all loops. Confined to the loop of its request. */
  private final class RollCall {
    private final RoutingContext request;
    private final Vertx vertx;
    private final int asked = loops.size();
    private int silent = asked;
    private long timer;

    RollCall(RoutingContext request) {
      this.request = request;
      this.vertx = request.vertx();
    }

    void begin() {
      Context own = vertx.getOrCreateContext();
      timer = vertx.setTimer(PATIENCE.toMillis(), late -> fail());
      for (Context loop : loops) {
        loop.runOnContext(there -> own.runOnContext(back -> answered()));
      }
    }

    private void answered() {
      if (--silent == 0 && vertx.cancelTimer(timer)) {
        answer(request, "alive");
      }
    }

    private void fail() {
      request.fail(
          new ApiFailure(
              ApiError.NOT_READY, "event loops: " + silent + " of " + asked + " do not answer"));
    }
  }
}
