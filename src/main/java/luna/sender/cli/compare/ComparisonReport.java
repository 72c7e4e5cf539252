package luna.sender.cli.compare;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * The result of a comparison.
 *
 * @param compared the number of events that both services have sent
 * @param onlyFirst ids of events that only the first has sent
 * @param onlySecond ids of events that only the second has sent
 * @param otherBytes ids of events with different texts, and where they differ
 * @param outOfOrder ids of events that the second has sent in another order
 * @param delays how much later the second has sent each event, in nanoseconds, ascending
 */
record ComparisonReport(
    int compared,
    List<String> onlyFirst,
    List<String> onlySecond,
    List<String> otherBytes,
    List<String> outOfOrder,
    List<Long> delays) {
  private static final int EXAMPLES = 10;
  private static final double NANOS_PER_MILLI = 1e6;

  boolean isEmpty() {
    return compared == 0 && onlyFirst.isEmpty() && onlySecond.isEmpty();
  }

  boolean hasDifferences() {
    return !onlyFirst.isEmpty()
        || !onlySecond.isEmpty()
        || !otherBytes.isEmpty()
        || !outOfOrder.isEmpty();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("compared      %,d events%n".formatted(compared));
    add(text, "only first", onlyFirst);
    add(text, "only second", onlySecond);
    add(text, "other bytes", otherBytes);
    add(text, "out of order", outOfOrder);
    if (!delays.isEmpty()) {
      text.append(
          String.format(
              Locale.ROOT,
              "delay         of the second: p50 %.2f ms, p99 %.2f ms",
              millis(0.5),
              millis(0.99)));
    }
    return text.toString().stripTrailing();
  }

  private static void add(StringBuilder text, String name, List<String> found) {
    text.append("%-13s %,d%n".formatted(name, found.size()));
    found.stream().limit(EXAMPLES).forEach(each -> text.append("  %s%n".formatted(each)));
    if (found.size() > EXAMPLES) {
      text.append("  and %,d more%n".formatted(found.size() - EXAMPLES));
    }
  }

  JsonObject json() {
    JsonObject json =
        new JsonObject()
            .put("compared", compared)
            .put("only_first", onlyFirst)
            .put("only_second", onlySecond)
            .put("other_bytes", otherBytes)
            .put("out_of_order", outOfOrder);
    return delays.isEmpty()
        ? json
        : json.put("delay_ms", new JsonObject().put("p50", millis(0.5)).put("p99", millis(0.99)));
  }

  private double millis(double quantile) {
    return delays.get((int) Math.min(delays.size() - 1, quantile * delays.size()))
        / NANOS_PER_MILLI;
  }
}
