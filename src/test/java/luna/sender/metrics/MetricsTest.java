package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.Test;

final class MetricsTest {
  @Test
  void noSeriesHasAnAccountUnlessEnabled() {
    assertThat(scrape(Map.of())).doesNotContain("account=").contains("luna_sender_connections");
    assertThat(scrape(Map.of("LUNA_SERVICE_METRICS__ACCOUNT_SERIES", "1")))
        .contains("luna_sender_account_events_total{account=\"one of them\",of=\"read\"} 1.0");
  }

  @Test
  void limitOfZeroCountsAllAccountsAsOthers() {
    assertThat(
            scrape(
                Map.of(
                    "LUNA_SERVICE_METRICS__ACCOUNT_SERIES", "1",
                    "LUNA_SERVICE_METRICS__ACCOUNT_SERIES_LIMIT", "0")))
        .contains("luna_sender_account_events_total{account=\"other\",of=\"read\"} 1.0")
        .doesNotContain("one of them");
  }

  @Test
  void memoryIsTheSumOfAllEventLoops() {
    Metrics metrics = metrics(Map.of());
    metrics.queues().allow(100);
    metrics.queues().allow(100);
    metrics.queues().use(30);
    metrics.queues().use(-10);
    assertThat(metrics.scrape())
        .contains("luna_sender_queue_bytes 20.0", "luna_sender_queue_limit_bytes 200.0");
    metrics.filters().allow(50);
    metrics.filters().use(5);
    assertThat(metrics.scrape())
        .contains("luna_sender_filter_bytes 5.0", "luna_sender_filter_limit_bytes 50.0");
    metrics.close();
  }

  private static String scrape(Map<String, String> environment) {
    Metrics metrics = metrics(environment);
    metrics.accounts().acquire("one of them").events(1);
    metrics.events().dropped(metrics.accounts().acquire("one of them"), "slow", 1);
    String scrape = metrics.scrape();
    metrics.close();
    return scrape;
  }

  private static Metrics metrics(Map<String, String> environment) {
    Config config = ConfigLoader.load(null, environment);
    return new Metrics(config.influx(), config.metrics());
  }
}
