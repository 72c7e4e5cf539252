package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import luna.sender.metrics.Liveness;
import luna.sender.metrics.Readiness;

/**
 * Handles the operations {@code livez} and {@code readyz}, the probes of an orchestrator.
 *
 * <p>See: {@link Liveness#faults} decides whether an event loop has stalled; {@link
 * Readiness#faults} whether a part is not ready.
 *
 * <p>Errors: {@link ApiError#NOT_READY} with the failed checks. A probe on a stalled event loop
 * gets no response and times out.
 *
 * <p>Owner: thread-safe; shared by all event loops.
 */
public final class ProbeHandler {
  private final Readiness readiness;
  private final Liveness liveness;

  public ProbeHandler(Readiness readiness, Liveness liveness) {
    this.readiness = readiness;
    this.liveness = liveness;
  }

  /**
   * Reports stalled event loops, which a restart fixes. An unavailable Redis does not fail this
   * probe, because a restart would not help.
   */
  void livez(RoutingContext context) {
    answer(context, liveness.faults(), "alive");
  }

  /** Reports readiness from the state that each part has recorded, without any I/O. */
  void readyz(RoutingContext context) {
    answer(context, readiness.faults(), "ready");
  }

  private static void answer(RoutingContext context, List<String> faults, String what) {
    if (faults.isEmpty()) {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
      Responses.end(context.request(), new JsonObject().put(what, true).toBuffer());
    } else {
      context.fail(new ApiException(ApiError.NOT_READY, String.join("; ", faults)));
    }
  }
}
