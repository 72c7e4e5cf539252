package luna.sender.cli.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The percentiles in a report. */
final class Percentiles {
  /** Names and percentages in ascending order. */
  static final Map<String, Double> NAMES = names();

  private Percentiles() {}

  private static Map<String, Double> names() {
    Map<String, Double> names = new LinkedHashMap<>();
    names.put("p50", 50.0);
    names.put("p90", 90.0);
    names.put("p99", 99.0);
    names.put("p99.9", 99.9);
    names.put("max", 100.0);
    return Collections.unmodifiableMap(names);
  }
}
