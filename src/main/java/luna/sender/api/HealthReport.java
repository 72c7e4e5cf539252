package luna.sender.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import luna.sender.event.Gap;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.RecorderMetrics;

/**
 * Builds the response of a healthy node: the round-trip time to Redis, recent gaps in its event
 * stream, and the state of its recorder.
 *
 * <p>Shape: schema {@code Health} in {@code openapi.yaml}.
 */
final class HealthReport {
  private static final int GAPS = 20;

  /** The maximum number of gaps in the response, open ones included. */
  private static final int LISTED = 1000;

  private HealthReport() {}

  static JsonObject of(long roundTripNanos, GapLedger ledger) {
    JsonArray gaps = new JsonArray();
    ledger.newest(GAPS).stream().limit(LISTED).forEach(row -> gaps.add(gap(row)));
    return new JsonObject().put("execution_time", roundTripNanos / 1e9).put("gaps", gaps);
  }

  /** Returns the state of the recorder of this node. */
  static JsonObject recorder(RecorderMetrics recorder) {
    JsonObject json =
        new JsonObject().put("state", recorder.state().label()).put("lag", recorder.lag());
    return recorder.fault().isEmpty() ? json : json.put("fault", recorder.fault());
  }

  private static JsonObject gap(GapLedger.Row row) {
    JsonObject gap =
        new JsonObject()
            .put("from", row.from().truncatedTo(ChronoUnit.MILLIS).toString())
            .put("to", row.to() == null ? null : row.to().truncatedTo(ChronoUnit.MILLIS).toString())
            .put("cause", row.cause().label())
            .put("dropped", row.dropped() == Gap.UNKNOWN ? null : row.dropped())
            .put("account_count", row.accountCount())
            .put("accounts", new JsonArray(row.accounts()));
    return row.healed() == null ? gap : gap.put("healed", row.healed());
  }
}
