package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Readiness;

/**
 * Operations {@code livez} and {@code readyz}: what an orchestrator asks every few seconds.
 *
 * <p>Errors: {@link ApiError#NOT_READY} that names what is wrong. A probe that comes to an event
 * loop that is stuck gets no answer, and times out at the one who asks.
 *
 * <p>Owner: thread-safe; one for all event loops.
 */
public final class Probes {
  private final Readiness readiness;
  private final Liveness liveness;

  public Probes(Readiness readiness, Liveness liveness) {
    this.readiness = readiness;
    this.liveness = liveness;
  }

  /** A restart helps against a stalled event loop, and not against a Redis that is away. */
  void livez(RoutingContext context) {
    answer(context, liveness.faults(), "alive");
  }

  /** Asks nobody: each part knows how it is. */
  void readyz(RoutingContext context) {
    answer(context, readiness.faults(), "ready");
  }

  private static void answer(RoutingContext context, List<String> faults, String what) {
    if (faults.isEmpty()) {
      Responses.end(
          context.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json"),
          new JsonObject().put(what, true).toBuffer());
    } else {
      context.fail(new ApiException(ApiError.NOT_READY, String.join("; ", faults)));
    }
  }
}
