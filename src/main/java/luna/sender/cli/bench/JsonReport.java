package luna.sender.cli.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Formats the report as JSON.
 *
 * <p>Shape: one JSON object; names end in their unit.
 */
public final class JsonReport {
  private static final double MILLI = 1e6;

  private JsonReport() {}

  public static JsonObject of(BenchReport report) {
    BenchPlan plan = report.plan();
    DeliveryErrors faults = report.faults();
    JsonObject json =
        new JsonObject()
            .put("plan", plan(plan))
            .put("handshakes", handshakes(report))
            .put("published", published(report.published()))
            .put(
                "deliveries",
                new JsonObject()
                    .put("expected", report.delivered().expected())
                    .put("count", report.delivered().total())
                    .put("bytes", report.delivered().bytes())
                    .put("measured", report.latency().getTotalCount())
                    .put("per_second", rounded(report.deliveriesPerSecond())))
            .put("latency_ms", latency(report.latency()))
            .put(
                "faults",
                new JsonObject()
                    .put("lost", faults.lost())
                    .put("duplicated", faults.duplicated())
                    .put("out_of_order", faults.outOfOrder())
                    .put("wrong", faults.wrong()))
            .put("closed", counts(report.closed()))
            .put("stalls", report.stalls())
            .put("measured_seconds", rounded(report.seconds()))
            .put("client_cpu_seconds", report.cpu().toMillis() / 1e3)
            .put("deliveries_per_client_cpu_second", rounded(report.deliveriesPerCpuSecond()))
            .put("halted", report.halted());
    if (report.storm() != null) {
      json.put("storm", storm(plan, report.storm()));
    }
    return report.failure() == null ? json : json.put("failure", report.failure());
  }

  private static JsonObject plan(BenchPlan plan) {
    JsonObject json =
        new JsonObject()
            .put("url", plan.url().toString())
            .put("connections", plan.connections())
            .put("accounts", plan.accounts())
            .put("filters", new JsonArray(plan.filters()))
            .put("event_bytes", plan.eventBytes())
            .put("events_per_message", plan.eventsPerMessage())
            .put("warm_up_seconds", plan.warmUp().toMillis() / 1e3)
            .put("duration_seconds", plan.duration().toMillis() / 1e3);
    StormPlan storm = plan.storm();
    if (storm != null) {
      json.put("storm_share", storm.share())
          .put("storm_away_seconds", storm.away().toMillis() / 1e3)
          .put("storm_handshakes_per_second", storm.handshakesPerSecond());
    }
    if (plan.eventsPerSecond().isPresent()) {
      return json.put("events_per_second", plan.eventsPerSecond().getAsDouble());
    }
    return json.put("window_events", plan.window());
  }

  private static JsonObject handshakes(BenchReport report) {
    return handshakes(report.plan(), report.handshakes())
        .put("failed", counts(report.refused()))
        .put("refusal", report.refusal());
  }

  private static JsonObject handshakes(BenchPlan plan, Handshakes handshakes) {
    JsonObject json =
        new JsonObject()
            .put("count", handshakes.count())
            .put("per_second", rounded(handshakes.perSecond()))
            .put("latency_ms", latency(handshakes.latency()));
    if (plan.isEncrypted()) {
      json.put("tls", handshakes.tls()).put("tls_resumed", handshakes.tlsResumed());
    }
    return json;
  }

  private static JsonObject storm(BenchPlan plan, StormReport storm) {
    StormReport.Events events = storm.events();
    return new JsonObject()
        .put("clients", storm.clients())
        .put("stayed", storm.stayed())
        .put("back", storm.back())
        .put("resumed", storm.resumed())
        .put("back_seconds", rounded(storm.seconds()))
        .put("back_ms", latency(storm.backTimes()))
        .put("handshakes", handshakes(plan, storm.handshakes()))
        .put("failures", counts(storm.failures()))
        .put("retries", storm.retries())
        .put("outcomes", counts(storm.outcomes()))
        .put("replayed", events.replayed())
        .put("missed", events.missed())
        .put("lost", events.lost())
        .put("duplicated", events.duplicated())
        .put("stayed_latency_ms", latency(storm.stayedLatency()))
        .put("stayed_latency_after_ms", latency(storm.stayedLatencyAfter()));
  }

  private static JsonObject published(BenchReport.Published published) {
    return new JsonObject()
        .put("events", published.events())
        .put("messages", published.messages())
        .put("bytes", published.bytes())
        .put("to_nobody", published.toNobody())
        .put("unanswered", published.unanswered())
        .put("late_ms", latency(published.late()));
  }

  private static JsonObject latency(Histogram histogram) {
    JsonObject json = new JsonObject();
    if (histogram.getTotalCount() > 0) {
      Percentiles.NAMES.forEach(
          (name, percentile) ->
              json.put(
                  name.replace('.', '_'),
                  rounded(histogram.getValueAtPercentile(percentile) / MILLI)));
    }
    return json;
  }

  private static JsonObject counts(Map<String, Long> counts) {
    JsonObject json = new JsonObject();
    counts.forEach(json::put);
    return json;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }
}
