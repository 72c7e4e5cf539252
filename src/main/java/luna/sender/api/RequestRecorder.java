package luna.sender.api;

import io.vertx.openapi.contract.Operation;
import luna.sender.metrics.InfluxPoints;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Records each answered request in the metrics, and as a point if InfluxDB is configured.
 *
 * <p>Owner: thread-safe.
 */
final class RequestRecorder {
  /** What the metrics show for a request without an operation. */
  private static final String NONE = "none";

  /** The prefix of the contract's paths: the version of the API. */
  private static final String API_PREFIX = "/{api}";

  private final Metrics metrics;

  RequestRecorder(Metrics metrics) {
    this.metrics = metrics;
  }

  /** Returns the time of a point that begins now. */
  long pointTime() {
    InfluxPoints points = metrics.points();
    return points == null ? 0 : points.now();
  }

  /**
   * Records a request.
   *
   * @param operation the operation, or null if the request was rejected before it was known
   * @param errorCode LUNA's code of the error, or 0
   * @param began the start, from {@link #pointTime}
   */
  void record(
      @Nullable Operation operation,
      int status,
      int errorCode,
      String requestId,
      long began,
      long nanos) {
    metrics.http().request(operation == null ? NONE : operation.getOperationId(), status, nanos);
    InfluxPoints points = metrics.points();
    if (points != null) {
      points.request(route(operation), status, errorCode, requestId, began, nanos);
    }
  }

  /**
   * Returns the route as LUNA's services name it: method and path without the API version, such as
   * {@code GET:/ws}.
   */
  private static String route(@Nullable Operation operation) {
    if (operation == null) {
      return NONE;
    }
    String path = operation.getOpenAPIPath();
    return operation.getHttpMethod()
        + ":"
        + (path.startsWith(API_PREFIX) ? path.substring(API_PREFIX.length()) : path);
  }
}
