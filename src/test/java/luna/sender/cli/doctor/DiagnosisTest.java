package luna.sender.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DiagnosisTest {
  private static final String READY = "luna_sender_ready 1\n";
  private static final double NOW = 1_700_000_000;

  private final Evidence evidence = new Evidence();

  DiagnosisTest() {
    for (String path :
        List.of("/version", "/livez", "/readyz", "/healthcheck", "/config", "/metrics")) {
      evidence.add(path, 200, "{}");
    }
  }

  @Test
  void healthyNodeHasNoFinding() {
    assertThat(find("", "")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "luna_sender_gaps_open 1 | broken: events are being missed now: a gap is open",
        "luna_sender_gaps_total{cause=\"connection_lost\"} 2 | note: gaps in which events may be missing since the start: 2 (connection_lost 2)",
        "luna_sender_faults_total{step=\"match\"} 1 | note: internal errors since the start: 1 (match 1)",
        "luna_sender_malformed_total{reason=\"syntax\"} 3 | note: malformed payloads since the start: 3 (syntax 3)",
        "luna_sender_events_shed_total 9 | note: events shed before matching since the start: 9",
        "luna_sender_redis_losses_total{cause=\"closed\"} 1 | note: lost connections to Redis since the start: 1 (closed 1)",
        "luna_sender_redis_refusals_total{reason=\"no_right\"} 1 | note: refusals of Redis since the start: 1 (no_right 1)",
        "luna_sender_log_lines_dropped_total 1 | note: log lines dropped since the start: 1",
        "luna_sender_limited_total{limit=\"connections\"} 1 | note: requests above a limit since the start: 1 (connections 1)",
        "luna_sender_history_gaps_total 1 | note: gaps in the history since the start: 1",
        "luna_sender_events_matched_total 5 | warning: matched events that were neither delivered nor dropped, and are not queued: 5",
        "luna_sender_queue_bytes 90;luna_sender_queue_limit_bytes 100 | warning: memory for queued frames: 90 % used",
        "luna_sender_filter_bytes 90;luna_sender_filter_limit_bytes 100 | warning: memory for filters: 90 % used",
        "luna_sender_direct_memory_bytes 9;luna_sender_direct_memory_limit_bytes 10 | warning: direct memory: 90 % used",
        "process_files_open_files 9;process_files_max_files 10 | warning: open files: 90 % used",
        "luna_sender_tls_certificate_expiry_seconds 1.7001e9 | warning: the certificate expires in 1 days",
        "luna_sender_history_recorder_enabled 1 | warning: the recorder is not subscribed",
        "luna_sender_history_recorder_lag_seconds 5 | warning: the recorder is behind by 5 s",
      })
  void metricIsExplained(String metrics, String expected) {
    String text = metrics.replace(';', '\n');
    assertThat(find(text, text))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(expected)
                    .contains("/docs/dev/monitoring.html#runbook-"));
  }

  @Test
  void counterThatGrowsIsHappeningNow() {
    assertThat(
            find(
                "luna_sender_events_dropped_total{reason=\"slow\"} 1",
                "luna_sender_events_dropped_total{reason=\"slow\"} 3\n"
                    + "luna_sender_events_matched_total 3"))
        .containsExactly(
            "warning: events dropped now: 2, since the start 3 (slow 3) (/docs/dev/monitoring.html#runbook-drops)");
  }

  @Test
  void worstComesFirst() {
    String text =
        "luna_sender_events_shed_total 1\nluna_sender_history_recorder_lag_seconds 5\n"
            + "luna_sender_gaps_open 1\n";
    assertThat(find(text, text))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactly("broken", "warning", "note");
  }

  @Test
  void failedChecksOfTheNodeAreNamedWithTheirDetail() {
    evidence.add("/readyz", 503, "{\"detail\":\"redis: refused\"}");
    evidence.add("/healthcheck", 502, "{\"detail\":\"redis: away\"}");
    evidence.add("/livez", 503, "not JSON");
    assertThat(find("", ""))
        .containsExactly(
            "broken: an event loop has stalled:  (/docs/dev/monitoring.html#runbook-stalled)",
            "broken: the node is not ready: redis: refused (/docs/dev/monitoring.html#runbook-not-ready)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "role:slave | broken: the configured Redis is a replica, not a master",
        "client_output_buffer_limit_disconnections:2 | warning: Redis has disconnected clients whose output buffer was full: 2",
        "evicted_keys:1 | warning: Redis has evicted keys",
        "maxmemory:100;used_memory:95;used_memory_human:95B | warning: Redis has used 95B of its memory limit",
      })
  void stateOfRedisIsExplained(String info, String expected) {
    evidence.add("Redis: INFO", info.replace(";", "\r\n") + "\r\n");
    assertThat(find("", "")).singleElement().asString().startsWith(expected);
  }

  @Test
  void smallOutputBufferIsExplained() {
    evidence.add("Redis: INFO", "role:master\r\n");
    evidence.add(
        "Redis: CONFIG GET client-output-buffer-limit",
        "[client-output-buffer-limit, normal 0 0 0 slave 268435456 67108864 60 pubsub 1000 8 60]");
    assertThat(find("", ""))
        .singleElement()
        .asString()
        .startsWith("warning: client-output-buffer-limit pubsub is 1000 bytes");
  }

  @Test
  void errorsAndRepeatedWarningsOfTheLogAreNamed() {
    String warning = "2026-11-24 10:00:00.000 WARN  [luna.sender.x] Odd a=1\n";
    String error = "2026-11-24 10:00:00.000 ERROR [luna.sender.x] Fault caught step=match\n";
    evidence.add("Log", error + warning + warning);
    assertThat(find("", ""))
        .containsExactly(
            "warning: errors in the log: 'Fault caught' 1 (/docs/dev/monitoring.html#runbook-fault)");
    evidence.add("Log", warning + warning + warning);
    assertThat(find("", "")).containsExactly("note: repeated warnings in the log: 'Odd' 3");
  }

  private List<String> find(String before, String now) {
    return Diagnosis.of(
            evidence, MetricsSample.parse(READY + before), MetricsSample.parse(READY + now), NOW)
        .stream()
        .map(Finding::line)
        .toList();
  }
}
