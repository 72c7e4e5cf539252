package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;

/**
 * Settings of the monitoring points for InfluxDB.
 *
 * @param version version of InfluxDB; must be 2
 * @param tokenFile file with the token, read for each write; empty = none
 * @param flushingPeriod time between two writes of points
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record InfluxMonitoring(
    boolean sendDataForMonitoring,
    int version,
    String organization,
    Secret token,
    String tokenFile,
    String bucket,
    String host,
    int port,
    boolean useSsl,
    Duration flushingPeriod) {
  public InfluxMonitoring {
    if (version != 2) {
      throw Bounds.bad("VERSION", version, "2");
    }
    Bounds.notEmpty("ORGANIZATION", organization);
    // A line break, as at the end of a file, would make each request fail.
    checkToken("TOKEN", Secret.MASK, token);
    SecretFile.check("TOKEN", token, "TOKEN_FILE", tokenFile);
    checkToken("TOKEN_FILE", tokenFile, SecretFile.of(token, "TOKEN_FILE", tokenFile));
    Bounds.notEmpty("BUCKET", bucket);
    Bounds.host("HOST", host);
    Bounds.port("PORT", port);
    Bounds.period("FLUSHING_PERIOD", flushingPeriod);
  }

  private static void checkToken(String key, String shown, Secret token) {
    if (!token.value().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw Bounds.bad(key, shown, "visible ASCII characters");
    }
  }

  /** Returns the current token. Blocks if it is in a file. */
  public Secret currentToken() {
    String key = "INFLUX_MONITORING.TOKEN_FILE";
    Secret current = SecretFile.of(token, key, tokenFile);
    checkToken(key, tokenFile, current);
    return current;
  }
}
