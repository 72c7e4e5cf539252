package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Settings of the metrics for Prometheus.
 *
 * @param accountSeries whether there are series per account
 * @param accountSeriesLimit maximum number of accounts with their own series; the others share one
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record ServiceMetrics(boolean enabled, boolean accountSeries, int accountSeriesLimit) {
  public ServiceMetrics {
    Bounds.range("ACCOUNT_SERIES_LIMIT", accountSeriesLimit, 0, 1_000_000);
  }
}
