package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Metrics for Prometheus.
 *
 * <p>Owner: immutable.
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record ServiceMetrics(boolean enabled) {}
