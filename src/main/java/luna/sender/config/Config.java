package luna.sender.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.Map;

/** The effective configuration: one record per section of {@code conf/config.yaml}. */
public record Config(
    @JsonProperty("LUNA_SENDER_HTTP_SETTINGS") HttpSettings http,
    @JsonProperty("LUNA_SENDER_WS_SETTINGS") WsSettings ws,
    @JsonProperty("LUNA_SENDER_LIMITS") LimitSettings limits,
    @JsonProperty("LUNA_SENDER_LOGGER") LoggerSettings logger,
    @JsonProperty("REDIS_DB_ADDRESS") RedisAddress redis,
    @JsonProperty("LUNA_SENDER_HISTORY") HistorySettings history,
    @JsonProperty("LUNA_SENDER_AUTH") AuthSettings auth,
    @JsonProperty("LUNA_SENDER_ADMIN") AdminSettings admin,
    @JsonProperty("INFLUX_MONITORING") InfluxMonitoring influx,
    @JsonProperty("LUNA_SERVICE_METRICS") ServiceMetrics metrics,
    @JsonProperty("LUNA_SENDER_TRACING") TracingSettings tracing) {
  public Config {
    if (!history.recordAccounts().isEmpty() && !redis.cluster().sharded()) {
      throw Bounds.bad(
          "LUNA_SENDER_HISTORY.RECORD_ACCOUNTS",
          history.recordAccounts(),
          "[] without REDIS_DB_ADDRESS.CLUSTER.SHARDED, because all accounts are recorded");
    }
  }

  /**
   * Returns the same configuration for a service that only this machine can reach, and that records
   * nothing.
   */
  public Config forTraining(Duration warmUp) {
    return new Config(
        http.onLoopback(warmUp),
        ws,
        limits,
        logger,
        redis,
        history.withoutRecorder(),
        auth,
        admin.off(),
        influx,
        metrics,
        tracing);
  }

  /**
   * Returns keys and values in the order of the YAML file, with every secret as {@code ********}.
   *
   * <p>Units: durations are in seconds ({@code Integer} if whole, otherwise {@code Double}), flags
   * are 0 or 1.
   */
  public Map<String, Object> masked() {
    return MaskedConfig.of(this);
  }

  /** Returns the same in the format of an INI file. */
  public String toText() {
    return MaskedConfig.text(masked());
  }
}
