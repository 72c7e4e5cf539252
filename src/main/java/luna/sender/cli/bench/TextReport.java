package luna.sender.cli.bench;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Formats the report as text.
 *
 * <p>Owner: used once, by one thread.
 */
public final class TextReport {
  private static final double MILLI = 1e6;
  private static final double MEBI = 1 << 20;

  private final StringBuilder text = new StringBuilder();

  private TextReport() {}

  public static String of(BenchReport report) {
    TextReport lines = new TextReport();
    lines.overview(report);
    lines.deliveries(report);
    if (report.storm() != null) {
      lines.storm(report.plan(), report.storm());
    }
    lines.problems(report);
    return lines.text.toString();
  }

  private void overview(BenchReport report) {
    BenchPlan plan = report.plan();
    BenchReport.Published published = report.published();
    line("%s%s", plan.url(), report.halted() ? "  (ended early)" : "");
    line(
        "  %d connections, accounts: %d, filters: %s",
        report.connected(), plan.accounts(), filters(plan));
    line(
        "  %s, for %.1f s after %.1f s of warm-up",
        plan.eventsPerSecond().isPresent()
            ? "fixed rate of %s events/s".formatted(plan.eventsPerSecond().getAsDouble())
            : "saturated, %d events of an account in flight".formatted(plan.window()),
        plan.duration().toMillis() / 1e3,
        plan.warmUp().toMillis() / 1e3);
    line("");
    columnHeads();
    latency("handshake", report.handshakes().latency());
    if (plan.eventsPerSecond().isPresent()) {
      latency("published late by", published.late());
    }
    latency("delivery", report.latency());
    if (report.storm() != null) {
      latency("storm: handshake", report.storm().handshakes().latency());
      latency("storm: until back", report.storm().backTimes());
      latency("stayed: in the storm", report.storm().stayedLatency());
      latency("stayed: after it", report.storm().stayedLatencyAfter());
    }
    line("");
  }

  private static String filters(BenchPlan plan) {
    return plan.filters().isEmpty()
        ? "none"
        : plan.filters().stream()
            .map(filter -> filter.isEmpty() ? "''" : filter)
            .collect(Collectors.joining("  "));
  }

  private void deliveries(BenchReport report) {
    BenchReport.Published published = report.published();
    BenchReport.Delivered delivered = report.delivered();
    DeliveryErrors faults = report.faults();
    line("handshakes     %s", handshakes(report.plan(), report.handshakes()));
    line(
        "published      %,d events in %,d messages, %.1f MiB",
        published.events(), published.messages(), published.bytes() / MEBI);
    line(
        "delivered      %,d of %,d, %.1f MiB",
        delivered.total(), delivered.expected(), delivered.bytes() / MEBI);
    line(
        "measured       %,d deliveries in %.2f s: %,.0f per second",
        report.latency().getTotalCount(), report.seconds(), report.deliveriesPerSecond());
    line(
        "this program   %.2f s of CPU, %,.0f deliveries for each",
        report.cpu().toMillis() / 1e3, report.deliveriesPerCpuSecond());
    line(
        "faults         lost %,d, duplicated %,d, out of order %,d, wrong %,d",
        faults.lost(), faults.duplicated(), faults.outOfOrder(), faults.wrong());
  }

  private void storm(BenchPlan plan, StormReport storm) {
    line(
        "storm          %,d clients lost their connections, %,d stayed",
        storm.clients(), storm.stayed());
    line(
        "back           %,d after %.2f s; %,d continued after their position",
        storm.back(), storm.seconds(), storm.resumed());
    line("  handshakes   %s; retries %,d", handshakes(plan, storm.handshakes()), storm.retries());
    StormReport.Events events = storm.events();
    line(
        "  events       replayed %,d, missed %,d, lost %,d, duplicated %,d",
        events.replayed(), events.missed(), events.lost(), events.duplicated());
    counts("  outcome", storm.outcomes());
    counts("  failed", storm.failures());
  }

  private static String handshakes(BenchPlan plan, Handshakes handshakes) {
    String text =
        String.format(
            Locale.ROOT,
            "%,d in %.2f s: %,.0f per second",
            handshakes.count(),
            handshakes.seconds(),
            handshakes.perSecond());
    return plan.isEncrypted()
        ? text
            + String.format(
                Locale.ROOT, "; TLS %,d, resumed %,d", handshakes.tls(), handshakes.tlsResumed())
        : text;
  }

  private void problems(BenchReport report) {
    BenchReport.Published published = report.published();
    counts("refused", report.refused());
    if (!report.refusal().isEmpty()) {
      line("               %s", report.refusal());
    }
    counts("closed", report.closed());
    if (published.toNobody() > 0) {
      line(
          "unsubscribed   %,d messages had no subscriber in Redis: is it the server's Redis and prefix?",
          published.toNobody());
    }
    if (published.unanswered() > 0) {
      line("unanswered     %,d messages were not confirmed by Redis", published.unanswered());
    }
    if (report.stalls() > 0) {
      line("stalls         %,d times a client got nothing for a second", report.stalls());
    }
    if (report.failure() != null) {
      line("failure        %s", report.failure());
    }
  }

  private void counts(String name, Map<String, Long> counts) {
    counts.forEach((what, count) -> line("%-14s %,d  %s", name, count, what));
  }

  private void columnHeads() {
    StringBuilder columnHeads = new StringBuilder("%-20s".formatted("ms"));
    Percentiles.NAMES.keySet().forEach(name -> columnHeads.append("%10s".formatted(name)));
    line("%s", columnHeads);
  }

  private void latency(String name, Histogram histogram) {
    StringBuilder values = new StringBuilder("%-20s".formatted(name));
    for (double percentile : Percentiles.NAMES.values()) {
      values.append(
          histogram.getTotalCount() == 0
              ? "%10s".formatted("-")
              : String.format(
                  Locale.ROOT, "%10.3f", histogram.getValueAtPercentile(percentile) / MILLI));
    }
    line("%s", values);
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
