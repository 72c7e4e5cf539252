package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;

/**
 * Monitoring points for InfluxDB.
 *
 * <p>Owner: immutable.
 *
 * @param version of InfluxDB; only 2
 * @param flushingPeriod between two deliveries of points
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record InfluxMonitoring(
    boolean sendDataForMonitoring,
    int version,
    String organization,
    Secret token,
    String bucket,
    String host,
    int port,
    boolean useSsl,
    Duration flushingPeriod) {
  public InfluxMonitoring {
    if (version != 2) {
      throw Check.bad("VERSION", version, "2");
    }
    Check.notEmpty("ORGANIZATION", organization);
    if (!token.value().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      // A line break at its end, as files have one, would fail each request.
      throw Check.bad("TOKEN", Secret.MASK, "visible ASCII characters");
    }
    Check.notEmpty("BUCKET", bucket);
    Check.host("HOST", host);
    Check.port("PORT", port);
    Check.period("FLUSHING_PERIOD", flushingPeriod);
  }
}
