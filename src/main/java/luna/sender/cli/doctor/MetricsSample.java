package luna.sender.cli.doctor;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics of a node at one moment.
 *
 * <p>Source: the text format of Prometheus, version 0.0.4.
 */
final class MetricsSample {
  private static final Pattern LINE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*})? ([-+0-9.eE]+|NaN|\\+Inf|-Inf)");

  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"([^\"]*)\"");

  private record Series(Map<String, String> labels, double value) {}

  private final Map<String, Map<String, Series>> byName = new HashMap<>();

  static MetricsSample parse(String text) {
    MetricsSample sample = new MetricsSample();
    text.lines()
        .forEach(
            line -> {
              Matcher matcher = LINE.matcher(line);
              if (matcher.matches()) {
                sample.add(matcher);
              }
            });
    return sample;
  }

  private void add(Matcher line) {
    String labels = line.group(2) == null ? "" : line.group(2);
    Map<String, String> parsed = new HashMap<>();
    LABEL.matcher(labels).results().forEach(each -> parsed.put(each.group(1), each.group(2)));
    double value =
        switch (line.group(3)) {
          case "NaN" -> Double.NaN;
          case "+Inf" -> Double.POSITIVE_INFINITY;
          case "-Inf" -> Double.NEGATIVE_INFINITY;
          default -> Double.parseDouble(line.group(3));
        };
    byName
        .computeIfAbsent(line.group(1), name -> new TreeMap<>())
        .put(labels, new Series(parsed, value));
  }

  /** Returns the sum over all series of a metric; 0 if there are none. */
  double sum(String name) {
    return byName.getOrDefault(name, Map.of()).values().stream().mapToDouble(Series::value).sum();
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** Returns the sums by the values of a label, without those that are 0. */
  Map<String, Double> by(String name, String label) {
    Map<String, Double> sums = new TreeMap<>();
    for (Series series : byName.getOrDefault(name, Map.of()).values()) {
      String value = series.labels.get(label);
      if (value != null && series.value != 0) {
        sums.merge(value, series.value, Double::sum);
      }
    }
    return sums;
  }
}
