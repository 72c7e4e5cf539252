package luna.sender.cli.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import luna.sender.cli.doctor.Finding.Severity;

/**
 * Finds what looks wrong, with the conditions of the delivered alerts.
 *
 * <p>How: compares two samples of the metrics. A counter that grew between them is happening now;
 * one that is not 0 has happened since the start.
 */
final class Diagnosis {
  private static final double HIGH = 0.8;
  private static final double DAY = 86_400;

  /** Subscribers with less are closed by Redis in a burst of events. */
  private static final long MIN_OUTPUT_BUFFER = 32L << 20;

  /** A warning that stands this often in a log is not a single event. */
  private static final long REPEATED = 3;

  private final Evidence evidence;
  private final MetricsSample before;
  private final MetricsSample now;
  private final double nowSeconds;
  private final List<Finding> findings = new ArrayList<>();

  private Diagnosis(Evidence evidence, MetricsSample before, MetricsSample now, double nowSeconds) {
    this.evidence = evidence;
    this.before = before;
    this.now = now;
    this.nowSeconds = nowSeconds;
  }

  /**
   * Returns what looks wrong, the worst first.
   *
   * @param nowSeconds the wall clock, in seconds since 1970
   */
  static List<Finding> of(
      Evidence evidence, MetricsSample before, MetricsSample now, double nowSeconds) {
    Diagnosis diagnosis = new Diagnosis(evidence, before, now, nowSeconds);
    diagnosis.checkNode();
    if (now.has("luna_sender_ready")) {
      diagnosis.checkLosses();
      diagnosis.checkCapacity();
      diagnosis.checkHistory();
    }
    diagnosis.checkRedis();
    diagnosis.checkLog();
    diagnosis.findings.sort(Comparator.comparing(Finding::severity));
    return diagnosis.findings;
  }

  private void checkNode() {
    if (evidence.status("/version") == 0) {
      broken("the node does not answer", "runbook-down");
      return;
    }
    if (evidence.status("/livez") != 200) {
      broken("an event loop has stalled: " + evidence.detail("/livez"), "runbook-stalled");
    }
    if (evidence.status("/readyz") != 200) {
      broken("the node is not ready: " + evidence.detail("/readyz"), "runbook-not-ready");
    } else if (evidence.status("/healthcheck") != 200) {
      broken("Redis: " + evidence.detail("/healthcheck"), "runbook-not-ready");
    }
    if (evidence.status("/metrics") != 200) {
      note("the node has no metrics (LUNA_SERVICE_METRICS.ENABLED), so little can be checked", "");
    }
  }

  private void checkLosses() {
    if (now.sum("luna_sender_gaps_open") > 0) {
      broken("events are being missed now: a gap is open", "runbook-gap-open");
    }
    happened(
        "luna_sender_gaps_total",
        "cause",
        "gaps in which events may be missing",
        "runbook-redis-unstable");
    happened("luna_sender_events_dropped_total", "reason", "events dropped", "runbook-drops");
    happened("luna_sender_events_shed_total", "", "events shed before matching", "runbook-shed");
    happened("luna_sender_faults_total", "step", "internal errors", "runbook-fault");
    happened("luna_sender_malformed_total", "reason", "malformed payloads", "runbook-malformed");
    happened(
        "luna_sender_redis_losses_total",
        "cause",
        "lost connections to Redis",
        "runbook-redis-unstable");
    happened(
        "luna_sender_redis_refusals_total", "reason", "refusals of Redis", "runbook-redis-refused");
    happened("luna_sender_log_lines_dropped_total", "", "log lines dropped", "runbook-log");
    double uncounted =
        now.sum("luna_sender_events_matched_total")
            - now.sum("luna_sender_events_delivered_total")
            - now.sum("luna_sender_events_dropped_total");
    if (uncounted > 0 && now.sum("luna_sender_queue_bytes") == 0) {
      warning(
          "matched events that were neither delivered nor dropped, and are not queued: "
              + number(uncounted),
          "runbook-books");
    }
  }

  private void checkCapacity() {
    full(
        "luna_sender_queue_bytes",
        "luna_sender_queue_limit_bytes",
        "memory for queued frames",
        "runbook-queue-memory");
    full(
        "luna_sender_filter_bytes",
        "luna_sender_filter_limit_bytes",
        "memory for filters",
        "runbook-filter-memory");
    full(
        "luna_sender_direct_memory_bytes",
        "luna_sender_direct_memory_limit_bytes",
        "direct memory",
        "runbook-queue-memory");
    full("process_files_open_files", "process_files_max_files", "open files", "runbook-limits");
    happened("luna_sender_limited_total", "limit", "requests above a limit", "runbook-limits");
    double expiry = now.sum("luna_sender_tls_certificate_expiry_seconds");
    if (expiry > 0 && expiry - nowSeconds < 14 * DAY) {
      warning(
          "the certificate expires in " + number((expiry - nowSeconds) / DAY) + " days",
          "runbook-certificate");
    }
  }

  private void checkHistory() {
    if (now.sum("luna_sender_history_recorder_enabled")
        > now.sum("luna_sender_history_recorder_subscribed")) {
      warning("the recorder is not subscribed", "runbook-recorder");
    }
    if (now.sum("luna_sender_history_recorder_lag_seconds") > 2) {
      warning(
          "the recorder is behind by "
              + number(now.sum("luna_sender_history_recorder_lag_seconds"))
              + " s",
          "runbook-recorder");
    }
    happened("luna_sender_history_gaps_total", "", "gaps in the history", "runbook-history-gap");
  }

  private void checkRedis() {
    String info = evidence.texts().getOrDefault(Doctor.REDIS + "INFO", "");
    if (info.isEmpty()) {
      return;
    }
    if (evidence.redisInfo("role").equals("slave")) {
      broken("the configured Redis is a replica, not a master", "runbook-redis-refused");
    }
    if (evidence.redisNumber("client_query_buffer_limit_disconnections") > 0
        || evidence.redisNumber("client_output_buffer_limit_disconnections") > 0) {
      warning(
          "Redis has disconnected clients whose output buffer was full: "
              + evidence.redisNumber("client_output_buffer_limit_disconnections"),
          "runbook-redis-unstable");
    }
    if (evidence.redisNumber("evicted_keys") > 0) {
      warning(
          "Redis has evicted keys: its memory is too small for the history", "runbook-history-gap");
    }
    long limit = evidence.redisNumber("maxmemory");
    if (limit > 0 && evidence.redisNumber("used_memory") > 0.9 * limit) {
      warning(
          "Redis has used " + evidence.redisInfo("used_memory_human") + " of its memory limit", "");
    }
    long buffer =
        OutputBufferLimit.ofPubSub(
            evidence
                .texts()
                .getOrDefault(Doctor.REDIS + "CONFIG GET client-output-buffer-limit", ""));
    if (buffer > 0 && buffer < MIN_OUTPUT_BUFFER) {
      warning(
          "client-output-buffer-limit pubsub is "
              + buffer
              + " bytes: Redis disconnects nodes in a burst of events",
          "runbook-redis-unstable");
    }
  }

  private void checkLog() {
    LogSummary log = LogSummary.of(evidence.texts().getOrDefault(Doctor.LOG, ""));
    if (!log.errors().isEmpty()) {
      warning(
          "errors in the log: " + log.errors(),
          log.hasError("Fault caught") ? "runbook-fault" : "");
    }
    String repeated = log.warnings(REPEATED);
    if (!repeated.isEmpty()) {
      note("repeated warnings in the log: " + repeated, "");
    }
  }

  /** Adds a finding if a counter grew, and a note if it is not 0. */
  private void happened(String metric, String label, String what, String runbook) {
    double grown = now.sum(metric) - before.sum(metric);
    double all = now.sum(metric);
    if (all <= 0) {
      return;
    }
    String reasons = label.isEmpty() ? "" : " " + reasons(now.by(metric, label));
    if (grown > 0) {
      warning(
          what + " now: " + number(grown) + ", since the start " + number(all) + reasons, runbook);
    } else {
      note(what + " since the start: " + number(all) + reasons, runbook);
    }
  }

  private static String reasons(Map<String, Double> by) {
    List<String> texts = new ArrayList<>();
    by.forEach((reason, count) -> texts.add(reason + " " + number(count)));
    return texts.isEmpty() ? "" : "(" + String.join(", ", texts) + ")";
  }

  private void full(String metric, String limit, String what, String runbook) {
    double ratio = now.sum(metric) / now.sum(limit);
    if (ratio > HIGH) {
      warning(what + ": " + number(100 * ratio) + " % used", runbook);
    }
  }

  private void broken(String text, String runbook) {
    findings.add(new Finding(Severity.BROKEN, text, runbook));
  }

  private void warning(String text, String runbook) {
    findings.add(new Finding(Severity.WARNING, text, runbook));
  }

  private void note(String text, String runbook) {
    findings.add(new Finding(Severity.NOTE, text, runbook));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }
}
