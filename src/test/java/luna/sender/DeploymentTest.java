package luna.sender;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import luna.sender.cli.Main;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.Test;

/**
 * Checks the chart and the compose file against the service; {@code .ci/lint} checks them with the
 * tools that read them.
 */
class DeploymentTest {
  private static final Path CONF = Path.of("conf");
  private static final Path CHART = CONF.resolve("helm/luna-sender");
  private static final Set<String> SECRETS = Set.of("HEADERS", "PASSWORD", "SECRET", "TOKEN");
  private static final Pattern VARIABLE = Pattern.compile("\\b[A-Z][A-Z_]*__[A-Z_]+\\b");
  private static final Pattern PROBE = Pattern.compile("\"path\" \"(/\\w+)\"");
  private static final Pattern PORT = Pattern.compile("define \"luna-sender.port\" -}}\\s*(\\d+)");

  private final Config defaults = ConfigLoader.load(null, Map.of());
  private final JsonNode keys = yaml(CONF.resolve("config.yaml"));
  private final JsonNode values = yaml(CHART.resolve("values.yaml"));
  private final JsonNode schema = yaml(CHART.resolve("values.schema.json"));
  private final JsonNode sender = yaml(CONF.resolve("compose.yaml")).at("/services/sender");
  private final JsonNode paths = yaml(Path.of("openapi.yaml")).path("paths");

  @Test
  void chartAcceptsAllConfigurationKeysExceptSecrets() {
    Set<String> known = new TreeSet<>();
    Set<String> taken = new TreeSet<>();
    collect("", keys, known);
    collectSchema("", schema.at("/properties/config"), taken);

    assertThat(taken).as("keys of values.schema.json").isEqualTo(known);
  }

  @Test
  void chartRejectsUnknownValues() {
    assertThat(openObjects("values", schema))
        .as("objects with free keys: labels, selectors and what Kubernetes defines")
        .allMatch(
            name ->
                name.matches(
                    ".*(\\.global|annotations|Annotations|abels|Selector|requests|limits|tlsConfig"
                        + "|ipBlock|affinity|overlays|\\[])"));
    assertThat(values.fieldNames())
        .toIterable()
        .as("values.yaml")
        .allMatch(name -> schema.at("/properties").has(name));
  }

  @Test
  void serviceAcceptsTheConfigurationOfChartAndComposeFile() {
    Map<String, String> chart = new HashMap<>();
    variables("", values.path("config"), chart);

    assertThat(ConfigLoader.load(null, chart).redis().host()).isEqualTo("redis");
    assertThat(ConfigLoader.load(null, composed()).redis().sentinel().masterName())
        .isEqualTo("luna");
  }

  @Test
  void secretsOfTheChartAreKeysOfTheConfiguration() throws IOException {
    List<String> named = matches(VARIABLE, templates());

    assertThat(named).hasSizeGreaterThanOrEqualTo(4);
    for (String name : named) {
      assertThat(keys.at("/" + name.replace("__", "/")).isMissingNode()).as(name).isFalse();
    }
  }

  @Test
  void probesAreOperationsOfTheContract() throws IOException {
    List<String> probed = matches(PROBE, templates());
    String balancer = Files.readString(CONF.resolve("compose/haproxy.cfg"));
    probed.addAll(matches(Pattern.compile("httpchk GET (/\\S+)"), balancer));

    assertThat(probed).containsExactlyInAnyOrder("/livez", "/livez", "/readyz", "/readyz");
    for (String path : probed) {
      assertThat(paths.has(path)).as(path).isTrue();
    }
    for (JsonNode path : values.at("/ingress/paths")) {
      assertThat(paths.has(path.asText().replaceFirst("^/\\d+/", "/{api}/"))).isTrue();
    }
  }

  @Test
  void portsMatchTheService() throws IOException {
    List<String> ports = matches(PORT, templates());
    ports.addAll(
        matches(
            Pattern.compile("sender:(\\d+)"),
            Files.readString(CONF.resolve("compose/haproxy.cfg"))));
    ports.addAll(
        matches(
            Pattern.compile("names: \\[sender], type: A, port: (\\d+)"),
            Files.readString(CONF.resolve("compose/prometheus.yaml"))));
    ports.add(values.at("/service/port").asText());

    assertThat(ports).hasSize(4).containsOnly(Integer.toString(defaults.http().port()));
  }

  @Test
  void serviceIsNotKilledBeforeItHasClosedItsClients() {
    Duration composed = ConfigLoader.load(null, composed()).http().shutdownTimeout();
    BigDecimal grace = new BigDecimal(sender.path("stop_grace_period").asText().replace("s", ""));
    Duration given = Duration.ofMillis(grace.movePointRight(3).longValueExact());
    // For the chart, .ci/lint checks the rendered resources too.
    long margin = schema.at("/properties/shutdownMargin/minimum").asLong();

    assertThat(given).isGreaterThan(composed.plus(Main.GRACE));
    assertThat(Duration.ofSeconds(margin)).isGreaterThan(Main.GRACE);
  }

  @Test
  void balancerDetectsAShutdownBeforeClientsAreClosed() throws IOException {
    String balancer = Files.readString(CONF.resolve("compose/haproxy.cfg"));
    int interval = Integer.parseInt(matches(Pattern.compile("inter (\\d+)s"), balancer).get(0));
    int falls = Integer.parseInt(matches(Pattern.compile(" fall (\\d+)"), balancer).get(0));
    Config composed = ConfigLoader.load(null, composed());

    assertThat(composed.http().shutdownDelay())
        .isGreaterThan(Duration.ofSeconds((long) interval * falls));
    for (String timeout :
        matches(Pattern.compile("timeout (?:client|server) +(\\d+)s"), balancer)) {
      assertThat(Duration.ofSeconds(Long.parseLong(timeout)))
          .isGreaterThan(composed.ws().pingInterval());
    }
  }

  /** An image, and the first version of its release line without known vulnerabilities. */
  private record Floor(String image, String version, String vulnerability) {}

  private static final List<Floor> FLOORS =
      List.of(
          new Floor("redis", "8.6.3", "CVE-2026-23479"),
          new Floor("haproxy", "3.2.15", "CVE-2026-33555"),
          new Floor("prom/prometheus", "3.11.3", "CVE-2026-42154"),
          new Floor("grafana/grafana", "12.4.2", "CVE-2026-27876"));

  @Test
  void imagesHaveFixesOfKnownVulnerabilities() {
    Set<String> checked = new TreeSet<>();
    for (JsonNode service : yaml(CONF.resolve("compose.yaml")).path("services")) {
      String image = service.path("image").asText();
      // This parser treats YAML's merge key as a plain key, so the image is at the anchor.
      if (!image.isEmpty() && !image.startsWith("luna-sender:")) {
        String name = image.substring(0, image.indexOf(':'));
        Floor floor =
            FLOORS.stream().filter(one -> one.image.equals(name)).findFirst().orElseThrow();
        assertThat(Runtime.Version.parse(version(image)))
            .as("%s, for %s", image, floor.vulnerability)
            .isGreaterThanOrEqualTo(Runtime.Version.parse(floor.version));
        checked.add(name);
      }
    }

    assertThat(checked)
        .containsExactlyInAnyOrder(FLOORS.stream().map(Floor::image).toArray(String[]::new));
  }

  /** Returns {@code 8.6.3} for {@code redis:8.6.3-alpine}. */
  private static String version(String image) {
    return matches(Pattern.compile(":v?(\\d+\\.\\d+\\.\\d+)"), image).get(0);
  }

  @Test
  void redisOfTheComposeFileGrantsExactlyTheRightsOfTheManual() throws IOException {
    String manual = Files.readString(Path.of("src/main/manual/chapters/redis.adoc"));
    String rights = matches(Pattern.compile("ACL SETUSER sender on >\\S+ (.*)"), manual).get(0);
    String canary =
        matches(Pattern.compile("\\|`(\\S+)` `\\+publish` \\|The canary"), manual).get(0);
    String script = Files.readString(CONF.resolve("compose/redis.sh"));
    String given = matches(Pattern.compile("user sender on >\\S+ (.*)"), script).get(0);

    assertThat(given.split(" "))
        .containsExactlyInAnyOrder((rights + " " + canary + " +publish").split(" "));
    assertThat(script).contains("user default off");
    assertThat(composed())
        .containsEntry("REDIS_DB_ADDRESS__USER", "sender")
        .containsEntry("REDIS_DB_ADDRESS__SENTINEL__USER", "watcher");
  }

  private Map<String, String> composed() {
    Map<String, String> variables = new HashMap<>();
    sender
        .path("environment")
        .properties()
        .forEach(one -> variables.put(one.getKey(), one.getValue().asText()));
    return variables;
  }

  private static void variables(String prefix, JsonNode section, Map<String, String> variables) {
    section
        .properties()
        .forEach(
            one -> {
              if (one.getValue().isObject()) {
                variables(prefix + one.getKey() + "__", one.getValue(), variables);
              } else {
                variables.put(prefix + one.getKey(), one.getValue().asText());
              }
            });
  }

  private static void collect(String path, JsonNode section, Set<String> names) {
    section
        .properties()
        .forEach(
            one -> {
              if (one.getValue().isObject()) {
                collect(path + one.getKey() + ".", one.getValue(), names);
              } else if (!SECRETS.contains(one.getKey())) {
                names.add(path + one.getKey() + ": " + kind(one.getValue()));
              }
            });
  }

  private static String kind(JsonNode value) {
    return value.isArray() ? "array" : value.isNumber() ? "number" : "string";
  }

  private static void collectSchema(String path, JsonNode section, Set<String> names) {
    section
        .path("properties")
        .properties()
        .forEach(
            one -> {
              JsonNode type = one.getValue().path("type");
              if (type.asText().equals("object")) {
                collectSchema(path + one.getKey() + ".", one.getValue(), names);
              } else {
                names.add(
                    path + one.getKey() + ": " + (type.isArray() ? type.get(0) : type).asText());
              }
            });
  }

  /** The objects whose keys are arbitrary. */
  private static List<String> openObjects(String name, JsonNode schema) {
    List<String> open = new ArrayList<>();
    if (schema.path("type").asText().equals("object")
        && !schema.path("additionalProperties").isBoolean()) {
      open.add(name);
    }
    schema
        .path("properties")
        .properties()
        .forEach(one -> open.addAll(openObjects(name + "." + one.getKey(), one.getValue())));
    if (schema.has("items")) {
      open.addAll(openObjects(name + "[]", schema.path("items")));
    }
    return open;
  }

  private static String templates() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(CHART.resolve("templates"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  /** Returns the first group of each match, or the whole match if there is no group. */
  private static List<String> matches(Pattern pattern, String text) {
    return new ArrayList<>(pattern.matcher(text).results().map(DeploymentTest::found).toList());
  }

  private static String found(MatchResult match) {
    return match.group(Math.min(1, match.groupCount()));
  }

  private static JsonNode yaml(Path file) {
    try {
      return new YAMLMapper().readTree(file.toFile());
    } catch (IOException failure) {
      throw new AssertionError(file + " cannot be read", failure);
    }
  }
}
