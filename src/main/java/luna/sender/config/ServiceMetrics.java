package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Metrics for Prometheus.
 *
 * <p>Owner: immutable.
 *
 * @param accountSeries whether accounts have series
 * @param accountSeriesLimit how many accounts have series of their own; the rest share one
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record ServiceMetrics(boolean enabled, boolean accountSeries, int accountSeriesLimit) {
  public ServiceMetrics {
    Bounds.range("ACCOUNT_SERIES_LIMIT", accountSeriesLimit, 0, 1_000_000);
  }
}
