package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Metrics for Prometheus.
 *
 * <p>Owner: immutable.
 *
 * @param accountSeriesLimit how many accounts have series of their own
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record ServiceMetrics(boolean enabled, int accountSeriesLimit) {
  public ServiceMetrics {
    Check.range("ACCOUNT_SERIES_LIMIT", accountSeriesLimit, 0, 1_000_000);
  }
}
