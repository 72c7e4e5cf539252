package luna.sender.metrics;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestCollector;
import luna.sender.testing.TestInflux;
import luna.sender.testing.TestSocket;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checks the dashboard and the alerts in {@code conf} against the metrics of a running service. */
final class MonitoringIT {
  /** What all addresses of runbooks begin with, unless an operator sets another base. */
  private static final String RUNBOOKS = "src/main/manual/chapters/monitoring.adoc#runbook-";

  private static final Path DASHBOARD = Path.of("conf/grafana/luna-sender.json");
  private static final Path ALERTS = Path.of("conf/prometheus/alerts.yaml");
  private static final Path FOLDER = TestCertificates.serverFolder();
  private static final Pattern SERIES =
      Pattern.compile("(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? [-+0-9.eENaIinf]+$");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]+)=\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern TEMPLATE_LABEL = Pattern.compile("\\$labels\\.([a-z_]+)");
  private static final Pattern PART = Pattern.compile("_(bucket|count|sum|max)$");
  private static final Pattern QUERIED = Pattern.compile("label_values\\((.+), ([a-z]+)\\)");

  private final TestInflux influx = new TestInflux();
  @RegisterExtension final TestCollector collector = new TestCollector();

  @RegisterExtension
  final Service service =
      new Service(
          TestCertificates.settings(
              FOLDER,
              "LUNA_SENDER_TRACING__ENDPOINT=" + collector.endpoint(),
              "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING=1",
              "INFLUX_MONITORING__TOKEN=" + TestInflux.TOKEN,
              "INFLUX_MONITORING__PORT=" + influx.port(),
              "LUNA_SERVICE_METRICS__ACCOUNT_SERIES=1"));

  @RegisterExtension final Service plain = new Service("LUNA_SERVICE_METRICS__ACCOUNT_SERIES=1");

  /** The labels of the series of each metric. */
  private final Map<String, Set<String>> exposed = new HashMap<>();

  @AfterEach
  void close() {
    influx.close();
  }

  @BeforeEach
  void someTraffic() {
    String account = Service.account();
    TestSocket socket = plain.open(account, "");
    plain.redis().publish(account, payload(event("an event")));
    assertThat(socket.nextEventId()).isEqualTo("an event");
    // The account of a slow client has a drop in its counters.
    AccountCounters counters = plain.sender().metrics().accounts().acquire(account);
    counters.dropped("slow", 0);
    counters.stored(1, 1);
    until("the handshake is counted", () -> plain.metric("luna_sender_connections") == 1);
    // The metrics of GC pauses exist after the first pause.
    System.gc();
    until("a pause is counted", () -> plain.get("/metrics").body().contains("\njvm_gc_pause"));
    read(plain.get("/metrics").body());
    read(service.sender().metrics().scrape());
    // Prometheus adds this metric for each target.
    exposed.put("up", new HashSet<>());
    // Prometheus adds these labels to all series.
    exposed.values().forEach(labels -> labels.addAll(Set.of("job", "instance")));
  }

  private void read(String scrape) {
    Matcher series = SERIES.matcher(scrape);
    while (series.find()) {
      Set<String> labels = exposed.computeIfAbsent(series.group(1), absent -> new HashSet<>());
      Matcher label = LABEL.matcher(series.group(2) == null ? "" : series.group(2));
      while (label.find()) {
        labels.add(label.group(1));
      }
    }
  }

  @Test
  void eachMetricAndLabelOfTheDashboardExists() throws IOException {
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(target.path("expr").asText());
      }
    }
    for (JsonNode variable : dashboard().path("templating").path("list")) {
      Matcher query = QUERIED.matcher(variable.path("definition").asText());
      if (query.matches()) {
        expressions.add("sum by (" + query.group(2) + ") (" + query.group(1) + ")");
      }
    }
    assertThat(expressions).hasSizeGreaterThan(50);
    assertThat(expressions).allSatisfy(expression -> assertThat(unknown(expression)).isEmpty());
  }

  @Test
  void eachMetricOfTheServiceIsOnTheDashboard() throws IOException {
    Set<String> shown = new TreeSet<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        PromQl.parse(target.path("expr").asText())
            .forEach(selector -> shown.add(family(selector.metric())));
      }
    }
    Set<String> ours = new TreeSet<>();
    exposed.keySet().stream()
        .filter(metric -> metric.startsWith("luna_sender_"))
        .forEach(metric -> ours.add(family(metric)));
    assertThat(shown).containsAll(ours);
  }

  /** A histogram or a summary has a metric for each of its parts. */
  private static String family(String metric) {
    return PART.matcher(metric).replaceFirst("");
  }

  @Test
  void eachMetricAndLabelOfTheAlertsExists() throws IOException {
    List<JsonNode> rules = rules();
    assertThat(rules).hasSizeGreaterThan(15);
    for (JsonNode rule : rules) {
      String expression = rule.path("expr").asText();
      assertThat(unknown(expression)).as(expression).isEmpty();
      Set<String> known = new HashSet<>();
      PromQl.parse(expression).forEach(selector -> known.addAll(exposed.get(selector.metric())));
      Matcher label = TEMPLATE_LABEL.matcher(rule.path("annotations").toString());
      while (label.find()) {
        assertThat(known).as(expression).contains(label.group(1));
      }
    }
  }

  @Test
  void unknownNamesAreFound() {
    assertThat(unknown("sum(rate(luna_sender_nothing_total[5m]))"))
        .containsExactly("luna_sender_nothing_total");
    assertThat(unknown("luna_sender_gaps_total{reason=\"x\"}"))
        .containsExactly("luna_sender_gaps_total{reason}");
    assertThat(unknown("sum by (acount) (luna_sender_account_events_total)"))
        .containsExactly("luna_sender_account_events_total{acount}");
    assertThat(unknown("topk(3, sum(rate(luna_sender_nothing[5m])) by (job)) / on(job) up"))
        .containsExactly("luna_sender_nothing");
    assertThatThrownBy(() -> unknown("sum(rate(up[5m])"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> unknown("rat(up[5m])")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eachPanelHasADescriptionAndItsOwnPlace() throws IOException {
    Set<Integer> ids = new HashSet<>();
    Set<List<Integer>> cells = new HashSet<>();
    for (JsonNode panel : panels()) {
      String title = panel.path("title").asText();
      assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
      JsonNode place = panel.path("gridPos");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
      for (int y = 0; y < place.path("h").asInt(); y++) {
        for (int x = 0; x < place.path("w").asInt(); x++) {
          List<Integer> cell = List.of(place.path("x").asInt() + x, place.path("y").asInt() + y);
          assertThat(cells.add(cell)).as(title).isTrue();
        }
      }
      if (!panel.path("type").asText().equals("row")) {
        assertThat(panel.path("description").asText()).as(title).hasSizeGreaterThan(30);
        assertThat(panel.at("/fieldConfig/defaults/unit").asText()).as(title).isNotEmpty();
        assertThat(panel.at("/datasource/uid").asText()).as(title).isEqualTo("${datasource}");
      }
    }
  }

  @Test
  void eachLinkLeadsToAPageAndAnchorOfTheManual() throws IOException {
    Set<String> targets = new HashSet<>();
    for (JsonNode panel : panels()) {
      for (JsonNode link : panel.path("links")) {
        String url = link.path("url").asText();
        assertThat(url).startsWith("${manual}/");
        targets.add(url.substring("${manual}/".length()));
      }
    }
    for (JsonNode rule : rules()) {
      String url = rule.path("annotations").path("runbook_url").asText();
      assertThat(url).startsWith(RUNBOOKS);
      targets.add("monitoring.html" + url.substring(RUNBOOKS.indexOf('#')));
    }
    assertThat(targets).hasSizeGreaterThan(40);
    for (String target : targets) {
      String[] parts = target.split("#", 2);
      HttpResponse<String> page = plain.get("/docs/dev/" + parts[0]);
      assertThat(page.statusCode()).as(target).isEqualTo(200);
      if (parts.length == 2) {
        assertThat(Jsoup.parse(page.body()).getElementById(parts[1])).as(target).isNotNull();
      }
    }
  }

  @Test
  void eachAlertHasATestAndASeverity() throws IOException {
    String tests = Files.readString(Path.of("conf/prometheus/alerts.test.yaml"));
    for (JsonNode rule : rules()) {
      String name = rule.path("alert").asText();
      assertThat(tests).contains("alertname: " + name + "\n", "alertname: " + name + "}\n");
      assertThat(rule.at("/labels/severity").asText()).isIn("critical", "warning");
      assertThat(rule.at("/annotations/summary").asText()).isNotEmpty();
      assertThat(rule.at("/annotations/description").asText()).isNotEmpty();
    }
  }

  @Test
  void onlyAccountMetricsHaveAccountLabels() {
    assertThat(exposed.get("luna_sender_account_events_total")).contains("account", "of");
    exposed.forEach(
        (metric, labels) -> {
          if (!metric.startsWith("luna_sender_account_")) {
            assertThat(labels).as(metric).doesNotContain("account");
          }
        });
  }

  /** Returns the names in an expression that the service does not expose. */
  private List<String> unknown(String expression) {
    List<String> unknown = new ArrayList<>();
    for (PromQl.Selector selector : PromQl.parse(expression)) {
      Set<String> labels = exposed.get(selector.metric());
      if (labels == null) {
        unknown.add(selector.metric());
      } else {
        selector.labels().stream()
            .filter(label -> !labels.contains(label))
            .forEach(label -> unknown.add(selector.metric() + "{" + label + "}"));
      }
    }
    return unknown;
  }

  private static JsonNode dashboard() throws IOException {
    return new JsonMapper().readTree(Files.readString(DASHBOARD, StandardCharsets.UTF_8));
  }

  private static Iterable<JsonNode> panels() throws IOException {
    return dashboard().path("panels");
  }

  private static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    JsonNode groups = new YAMLMapper().readTree(Files.readString(ALERTS)).path("groups");
    groups.forEach(group -> group.path("rules").forEach(rules::add));
    return rules;
  }
}
