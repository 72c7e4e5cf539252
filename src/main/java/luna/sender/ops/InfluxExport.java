package luna.sender.ops;

import io.micrometer.influx.InfluxApiVersion;
import io.micrometer.influx.InfluxConfig;
import java.time.Duration;
import luna.sender.config.InfluxMonitoring;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code INFLUX_MONITORING} as Micrometer wants it: InfluxDB 2, by token.
 *
 * <p>Owner: immutable.
 */
record InfluxExport(InfluxMonitoring settings) implements InfluxConfig {
  @Override
  public @Nullable String get(String key) {
    return null;
  }

  @Override
  public InfluxApiVersion apiVersion() {
    return InfluxApiVersion.V2;
  }

  @Override
  public String uri() {
    String scheme = settings.useSsl() ? "https" : "http";
    return scheme + "://" + settings.host() + ":" + settings.port();
  }

  @Override
  public String org() {
    return settings.organization();
  }

  @Override
  public String bucket() {
    return settings.bucket();
  }

  @Override
  public String token() {
    return settings.token().value();
  }

  @Override
  public Duration step() {
    return settings.flushingPeriod();
  }
}
