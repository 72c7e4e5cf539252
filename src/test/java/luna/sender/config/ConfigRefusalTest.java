package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigRefusalTest {
  private static final Map<String, String> NOTHING = Map.of();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PORT: -1 | PORT: -1 (expected: 0..65535)",
        "PORT: 65536 | PORT: 65536 (expected: 0..65535)",
        "PORT: 80.5 | PORT: 80.5 (expected: an integer)",
        "PORT: 99999999999 | PORT: 99999999999 (expected: an integer)",
        "PORT: '80' | PORT: \"80\" (expected: an integer)",
        "PORT: true | PORT: true (expected: an integer)",
        "PORT: | PORT: no value (expected: one value)",
        "PORT: [80] | PORT: a list (expected: one value)",
        "PORT: {A: 1} | PORT: a section (expected: one value)",
        "HOST: 5 | HOST: 5 (expected: text in quotes, without control characters)",
        "HOST: \"a\\nb\" | HOST: \"a\\nb\" (expected: text in quotes, without control characters)",
        "HOST: '' | HOST: \"\" (expected: a host name or address)",
        "HOST: 'http://x' | HOST: \"http://x\" (expected: a host name or address)",
        "HOST: 'u:pw@x' | HOST: ******** (expected: a host name or address)",
        "TRANSPORT: kqueue | 'TRANSPORT: \"kqueue\" (expected: auto|epoll|io_uring|nio)'",
        "TRANSPORT: 0 | 'TRANSPORT: 0 (expected: auto|epoll|io_uring|nio)'",
        "EVENT_LOOPS: 1025 | EVENT_LOOPS: 1025 (expected: 0..1024)",
        "HANDSHAKE_TIMEOUT: 0 | HANDSHAKE_TIMEOUT: 0 (expected: 0.001..86400 seconds)",
        "SHUTDOWN_TIMEOUT: -0.5 | SHUTDOWN_TIMEOUT: -0.5 (expected: 0..86400 seconds)",
        "SHUTDOWN_TIMEOUT: 1e5 | SHUTDOWN_TIMEOUT: 100000 (expected: 0..86400 seconds)",
        "SHUTDOWN_TIMEOUT: 1e30 | SHUTDOWN_TIMEOUT: 1E+30 (expected: a number of seconds)",
        "SHUTDOWN_TIMEOUT: 5s | SHUTDOWN_TIMEOUT: \"5s\" (expected: a number of seconds)",
        "PROT: 1 | PROT: unknown key (did you mean PORT?)",
        "port: 1 | port: unknown key (did you mean PORT?)",
        "COLOUR: 1 | COLOUR: unknown key (expected: HOST, PORT, EVENT_LOOPS, TRANSPORT,"
            + " REQUEST_LINE_LIMIT_BYTES, HEADERS_LIMIT_BYTES, HANDSHAKE_TIMEOUT,"
            + " KEEP_ALIVE_TIMEOUT, SHUTDOWN_DELAY, SHUTDOWN_SPREAD, SHUTDOWN_TIMEOUT,"
            + " LIVENESS_TIMEOUT, WARM_UP, CHECK_ORIGIN, ALLOWED_ORIGINS, CONSOLE, CONSOLE_ACCOUNT,"
            + " CONSOLE_PUBLISH, SAMPLE_URL, CONTRACT_OVERLAYS, TLS)",
        "CONSOLE: 2 | CONSOLE: 2 (expected: 0 or 1)",
        "CONSOLE_PUBLISH: 2 | CONSOLE_PUBLISH: 2 (expected: 0 or 1)",
        "SAMPLE_URL: http://a/ | 'SAMPLE_URL: \"http://a/\" (expected: http(s)://host[:port]/path"
            + " with {sample_id} in the path, or empty)'",
        "SAMPLE_URL: 'http://{sample_id}/' | 'SAMPLE_URL: \"http://{sample_id}/\" (expected:"
            + " http(s)://host[:port]/path with {sample_id} in the path, or empty)'",
        "SAMPLE_URL: 'http://[::1]/{sample_id}' | 'SAMPLE_URL: \"http://[::1]/{sample_id}\" (expected:"
            + " http(s)://host[:port]/path with {sample_id} in the path, or empty)'",
        "SAMPLE_URL: 'http://u:pw@a/{sample_id}' | 'SAMPLE_URL: ******** (expected:"
            + " http(s)://host[:port]/path with {sample_id} in the path, or empty)'",
        "SAMPLE_URL: 'http://a/{sample_id}; script-src *' | 'SAMPLE_URL: \"http://a/{sample_id};"
            + " script-src *\" (expected: http(s)://host[:port]/path with {sample_id} in the path,"
            + " or empty)'",
        "CONSOLE_ACCOUNT: demo | 'CONSOLE_ACCOUNT: \"demo\" (expected: a UUID, or empty)'",
        "TLS: {ENABLED: 1, KEY_FILE: a}" + "| TLS.CERT_FILE: \"\" (expected: non-empty text)",
        "TLS: {ENABLED: 1, CERT_FILE: a}" + "| TLS.KEY_FILE: \"\" (expected: non-empty text)",
        "TLS: {CLIENT_AUTH: optional}"
            + "| 'TLS.CLIENT_CA_FILE: \"\" (expected: a file, because CLIENT_AUTH is optional)'",
        "TLS: {CLIENT_AUTH: want}"
            + "| 'TLS.CLIENT_AUTH: \"want\" (expected: none|optional|required)'",
        "TLS: {PROVIDER: boringssl}"
            + "| 'TLS.PROVIDER: \"boringssl\" (expected: auto|openssl|jdk)'",
        "TLS: {PROVIDER: jdk, TICKET_KEYS_FILE: a}"
            + "| 'TLS.TICKET_KEYS_FILE: a (expected: \"\", because PROVIDER is jdk, whose keys"
            + " cannot be shared)'",
        "TLS: {MIN_VERSION: TLSv1.1}"
            + "| 'TLS.MIN_VERSION: \"TLSv1.1\" (expected: TLSv1.2|TLSv1.3)'",
        "TLS: {RELOAD_INTERVAL: -1}" + "| TLS.RELOAD_INTERVAL: -1 (expected: 0..86400 seconds)",
        "SHUTDOWN_DELAY: -1 | SHUTDOWN_DELAY: -1 (expected: 0..86400 seconds)",
      })
  void invalidValueIsReportedWithItsPathAndExpectation(String line, String message)
      throws IOException {
    refuses("LUNA_SENDER_HTTP_SETTINGS:\n  " + line, "LUNA_SENDER_HTTP_SETTINGS." + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LUNA_SERVICE_METRICS: {ENABLED: 2}"
            + "| LUNA_SERVICE_METRICS.ENABLED: 2 (expected: 0 or 1)",
        "LUNA_SERVICE_METRICS: {ENABLED: '1'}"
            + "| LUNA_SERVICE_METRICS.ENABLED: \"1\" (expected: 0 or 1)",
        "LUNA_SENDER_TRACING: {SAMPLE_RATIO: 1.5}"
            + "| LUNA_SENDER_TRACING.SAMPLE_RATIO: 1.5 (expected: 0..1)",
        "LUNA_SENDER_TRACING: {SAMPLE_RATIO: -0.1}"
            + "| LUNA_SENDER_TRACING.SAMPLE_RATIO: -0.1 (expected: 0..1)",
        "LUNA_SENDER_TRACING: {SAMPLE_RATIO: some}"
            + "| 'LUNA_SENDER_TRACING.SAMPLE_RATIO: \"some\" (expected: a number)'",
        "LUNA_SENDER_TRACING: {ENDPOINT: 'collector:4318'}"
            + "| 'LUNA_SENDER_TRACING.ENDPOINT: \"collector:4318\""
            + " (expected: http(s)://host[:port]/path)'",
        "LUNA_SENDER_TRACING: {SERVICE_NAME: ''}"
            + "| 'LUNA_SENDER_TRACING.SERVICE_NAME: \"\" (expected: non-empty text)'",
        "LUNA_SENDER_TRACING: {HEADERS: 'authorization=hunter2,hunter3'}"
            + "| 'LUNA_SENDER_TRACING.HEADERS: ********"
            + " (expected: name=value, separated by commas)'",
        "LUNA_SENDER_AUTH: {MODE: oidc}"
            + "| 'LUNA_SENDER_AUTH.MODE: \"oidc\" (expected: none|jwt)'",
        "LUNA_SENDER_HTTP_SETTINGS: {SHUTDOWN_SPREAD: 9.5}"
            + "| LUNA_SENDER_HTTP_SETTINGS.SHUTDOWN_TIMEOUT: 10"
            + " (expected: at least SHUTDOWN_DELAY + SHUTDOWN_SPREAD + 1, 10.5)",
        "LUNA_SENDER_HTTP_SETTINGS: {SHUTDOWN_DELAY: 5, SHUTDOWN_SPREAD: 5, SHUTDOWN_TIMEOUT: 9}"
            + "| LUNA_SENDER_HTTP_SETTINGS.SHUTDOWN_TIMEOUT: 9"
            + " (expected: at least SHUTDOWN_DELAY + SHUTDOWN_SPREAD + 1, 11)",
        "LUNA_SENDER_LIMITS: {CONNECTIONS: -1}"
            + "| LUNA_SENDER_LIMITS.CONNECTIONS: -1 (expected: 0..10000000)",
        "LUNA_SENDER_HISTORY: {LEASE: 0.1}"
            + "| LUNA_SENDER_HISTORY.LEASE: 0.1 (expected: 0.3 seconds or more)",
        "LUNA_SENDER_HISTORY: {RECORD_ACCOUNTS: [a]}"
            + "| LUNA_SENDER_HISTORY.RECORD_ACCOUNTS: [a] (expected: UUIDs of accounts)",
        "LUNA_SENDER_HISTORY: {RECORD_ACCOUNTS: [8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a]}"
            + "| LUNA_SENDER_HISTORY.RECORD_ACCOUNTS: [8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a]"
            + " (expected: [] without REDIS_DB_ADDRESS.CLUSTER.SHARDED,"
            + " because all accounts are recorded)",
        "LUNA_SENDER_HISTORY: {MAX_EVENTS: 0}"
            + "| LUNA_SENDER_HISTORY.MAX_EVENTS: 0 (expected: 1..1000000)",
        "LUNA_SENDER_HISTORY: {MODE: kafka}"
            + "| 'LUNA_SENDER_HISTORY.MODE: \"kafka\" (expected: off|redis)'",
        "LUNA_SENDER_LIMITS: {HANDSHAKES_BURST: 0}"
            + "| LUNA_SENDER_LIMITS.HANDSHAKES_BURST: 0 (expected: 1..1000000)",
        "LUNA_SENDER_LIMITS: {TRUSTED_PROXIES: [10.0.0.0/8, proxy.example]}"
            + "| LUNA_SENDER_LIMITS.TRUSTED_PROXIES: \"proxy.example\""
            + " (expected: an IP address, or address/bits)",
        "LUNA_SENDER_LIMITS: {PROXY_HEADER: X-Real-IP}"
            + "| 'LUNA_SENDER_LIMITS.PROXY_HEADER: \"X-Real-IP\""
            + " (expected: X-Forwarded-For|Forwarded)'",
        "LUNA_SENDER_LOGGER: {LOG_LEVEL: ALL}"
            + "| 'LUNA_SENDER_LOGGER.LOG_LEVEL: \"ALL\" (expected: ERROR|WARN|INFO|DEBUG|TRACE)'",
        "LUNA_SENDER_LOGGER: {MAX_LOG_FILE_SIZE: 0}"
            + "| LUNA_SENDER_LOGGER.MAX_LOG_FILE_SIZE: 0 (expected: 1..1048576)",
        "INFLUX_MONITORING: {VERSION: 1} | INFLUX_MONITORING.VERSION: 1 (expected: 2)",
        "INFLUX_MONITORING: {TOKEN: 'a b'}"
            + "| INFLUX_MONITORING.TOKEN: ******** (expected: visible ASCII characters)",
        "REDIS_DB_ADDRESS: {CHANNEL_PREFIX: ' '}"
            + "| REDIS_DB_ADDRESS.CHANNEL_PREFIX: \" \" (expected: non-empty text)",
        "REDIS_DB_ADDRESS: {RECONNECT_DELAY_MIN: 6}"
            + "| REDIS_DB_ADDRESS.RECONNECT_DELAY_MIN: 6"
            + " (expected: at most RECONNECT_DELAY_MAX, 5)",
        "REDIS_DB_ADDRESS: {PASSWORD: 12345}"
            + "| REDIS_DB_ADDRESS.PASSWORD: ******** (expected: text in quotes)",
        "REDIS_DB_ADDRESS: 'redis://u:pw@x'"
            + "| REDIS_DB_ADDRESS: one value (expected: a section with keys)",
        "REDIS_DB_ADDRESS: {SENTINEL: {MASTER_NAME: m}}"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS: []"
            + " (expected: host:port of at least one, because MASTER_NAME is set)",
        "REDIS_DB_ADDRESS: {SENTINEL: {SENTINELS: 'a:1'}}"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS: one value (expected: a list)",
        "REDIS_DB_ADDRESS: {SENTINEL: {SENTINELS: ['a:1', 2]}}"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS[1]: 2"
            + " (expected: text in quotes, without control characters)",
        "REDIS_DB_ADDRESS: {SENTINEL: {MASTER_NAME: m, SENTINELS: ['a:1', 'b']}}"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS: \"b\" (expected: host:port)",
        "REDIS_DB_ADDRESS: {SENTINEL: {SENTINELS: ['a:70000']}}"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS: \"a:70000\" (expected: host:port)",
        "REDIS_DB_ADDRESS: {CLUSTER: {SHARDED: 1}}"
            + "| REDIS_DB_ADDRESS.CLUSTER.NODES: []"
            + " (expected: host:port of at least one, because SHARDED is set)",
        "REDIS_DB_ADDRESS: {CLUSTER: {NODES: ['a']}}"
            + "| REDIS_DB_ADDRESS.CLUSTER.NODES: \"a\" (expected: host:port)",
        "REDIS_DB_ADDRESS: {NUMBER: 1, CLUSTER: {NODES: ['a:1']}}"
            + "| REDIS_DB_ADDRESS.NUMBER: 1 (expected: 0, because CLUSTER.NODES is set)",
        "REDIS_DB_ADDRESS: {CLUSTER: {NODES: ['a:1']},"
            + " SENTINEL: {MASTER_NAME: m, SENTINELS: ['b:1']}}"
            + "| REDIS_DB_ADDRESS.CLUSTER.NODES: [a:1]"
            + " (expected: [], because SENTINEL.MASTER_NAME is set)",
        "REDIS_DB_ADDRESS: {CLUSTER: {NODES: ['a_b:1']}}"
            + "| REDIS_DB_ADDRESS.CLUSTER.NODES: \"a_b:1\" (expected: host:port)",
        "REDIS_DB_ADDRESS: {HOST: a_b}"
            + "| REDIS_DB_ADDRESS.HOST: a_b (expected: a host name without _, or an address)",
        "REDIS_DB_ADDRESS: {CERT_FILE: c.pem}"
            + "| REDIS_DB_ADDRESS.KEY_FILE: \"\" (expected: a file, because CERT_FILE is set)",
        "REDIS_DB_ADDRESS: {KEY_FILE: c.pem}"
            + "| REDIS_DB_ADDRESS.CERT_FILE: \"\" (expected: a file, because KEY_FILE is set)",
        "REDIS_DB_ADDRESS: {CA_FILE: /no/such/file.pem}"
            + "| REDIS_DB_ADDRESS.CA_FILE: /no/such/file.pem (expected: an existing file)",
        "REDIS_DB_ADDRESS: {CA_FILE: /}"
            + "| REDIS_DB_ADDRESS.CA_FILE: / (expected: a readable file)",
        "REDIS_DB_ADRESS: {HOST: x}"
            + "| REDIS_DB_ADRESS: unknown key (did you mean REDIS_DB_ADDRESS?)",
      })
  void invalidValueOfAnySectionIsRejected(String yaml, String message) throws IOException {
    refuses(yaml, message);
  }

  @Test
  void allProblemsAreReportedAtOnce() throws IOException {
    Path file =
        file(
            """
            LUNA_SENDER_HTTP_SETTINGS:
              PORT: -1
              EVENT_LOOPS: many
              HOTS: x
            REDIS_DB_ADDRESS:
              BRIDGES: 65
            """);

    assertThatThrownBy(
            () -> ConfigLoader.load(file, Map.of("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "soon")))
        .hasMessage(
            """
            LUNA_SENDER_HTTP_SETTINGS.HOTS: unknown key (did you mean HOST?)
            LUNA_SENDER_HTTP_SETTINGS.EVENT_LOOPS: "many" (expected: an integer)
            LUNA_SENDER_HTTP_SETTINGS.PORT: -1 (expected: 0..65535)
            REDIS_DB_ADDRESS.PROBE_TIMEOUT: "soon" (expected: a number of seconds)
            REDIS_DB_ADDRESS.BRIDGES: 65 (expected: 1..64)""");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "REDIS_DB_ADDRESS__HOTS"
            + "| REDIS_DB_ADDRESS__HOTS: unknown key (did you mean REDIS_DB_ADDRESS__HOST?)",
        "REDIS_DB_ADDRESS__SENTINEL_MASTER_NAME"
            + "| REDIS_DB_ADDRESS__SENTINEL_MASTER_NAME: unknown key"
            + " (did you mean REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME?)",
        "LUNA_SERVICE_METRICS__"
            + "| LUNA_SERVICE_METRICS__: unknown key"
            + " (expected: LUNA_SERVICE_METRICS__ENABLED, LUNA_SERVICE_METRICS__ACCOUNT_SERIES,"
            + " LUNA_SERVICE_METRICS__ACCOUNT_SERIES_LIMIT)",
        "LUNA_SENDER_AUTH__MODE__X"
            + "| LUNA_SENDER_AUTH__MODE__X: unknown key (did you mean LUNA_SENDER_AUTH__MODE?)",
        "LUNA_SERVICE_METRICS__ON_PORT_NUMBER"
            + "| LUNA_SERVICE_METRICS__ON_PORT_NUMBER: unknown key"
            + " (expected: LUNA_SERVICE_METRICS__ENABLED, LUNA_SERVICE_METRICS__ACCOUNT_SERIES,"
            + " LUNA_SERVICE_METRICS__ACCOUNT_SERIES_LIMIT)",
      })
  void unknownVariableOfAKnownSectionIsRejected(String name, String message) {
    assertThatThrownBy(() -> ConfigLoader.load(null, Map.of(name, "secret-value")))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LUNA_SENDER_HTTP_SETTINGS__PORT | 80.5"
            + "| LUNA_SENDER_HTTP_SETTINGS.PORT: 80.5 (expected: an integer)",
        "LUNA_SENDER_HTTP_SETTINGS__PORT | '' |"
            + " LUNA_SENDER_HTTP_SETTINGS.PORT: \"\" (expected: an integer)",
        "LUNA_SERVICE_METRICS__ENABLED | yes"
            + "| LUNA_SERVICE_METRICS.ENABLED: \"yes\" (expected: 0 or 1)",
        "REDIS_DB_ADDRESS__SENTINEL__SENTINELS | a:1,,b:2"
            + "| REDIS_DB_ADDRESS.SENTINEL.SENTINELS: \"\" (expected: host:port)",
        "REDIS_DB_ADDRESS__PROBE_INTERVAL | 1e999999999"
            + "| REDIS_DB_ADDRESS.PROBE_INTERVAL: 1E+999999999 (expected: a number of seconds)",
      })
  void invalidValueOfAVariableIsRejected(String name, String value, String message) {
    assertThatThrownBy(() -> ConfigLoader.load(null, Map.of(name, value)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  @Test
  void invalidYamlIsRejectedWithItsLine() throws IOException {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("A: [1\nB: 2", ", line 2: expected ',' or ']', but got :");
    refused.put("A: b: c", ", line 1: mapping values are not allowed here");
    refused.put("A: 1\nA: 2", ", line 2: Duplicate field 'A'");
    refused.put("A:\n  B: .inf", ", line 2: an unreadable value");
    refused.put("A: 1\n---\nA: 1", ", line 3: a second document");

    for (Map.Entry<String, String> entry : refused.entrySet()) {
      Path file = file(entry.getKey());
      refuses(entry.getKey(), file + entry.getValue() + " (expected: YAML)");
    }
    Path file = file("");
    refuses("A: &x 1\nB: *x", file + ", line 2: an alias (expected: the value itself)");
    refuses("A: !x", file + ", line 1: a tag (expected: the value itself, in quotes)");
    refuses("- a", file + ": a list (expected: sections with keys)");
    refuses("text", file + ": one value (expected: sections with keys)");
  }

  @Test
  void syntaxErrorShowsNoLineOfTheFile() throws IOException {
    Path file = file("REDIS_DB_ADDRESS:\n  PASSWORD: 'hunter2\n  HOST: x\n");
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(file, NOTHING));
    assertThat(refused.getMessage()).startsWith(file + ", line ").doesNotContain("hunter2");
    assertThat(refused.getCause()).isNull();
  }

  @Test
  void unreadableFileIsRejected() throws IOException {
    Path missing = folder.resolve("missing.yaml");
    assertThatThrownBy(() -> ConfigLoader.load(missing, NOTHING))
        .isInstanceOf(ConfigException.class)
        .hasMessage(missing + ": no such file (expected: a YAML file)");
    assertThatThrownBy(() -> ConfigLoader.load(folder, NOTHING))
        .isInstanceOf(ConfigException.class)
        .hasMessage(folder + ": a folder (expected: a YAML file)");

    Path latin =
        Files.write(folder.resolve("latin.yaml"), "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ConfigLoader.load(latin, NOTHING))
        .isInstanceOf(ConfigException.class)
        .hasMessage(latin + ": not UTF-8 (expected: a YAML file in UTF-8)");
  }

  private void refuses(String yaml, String message) throws IOException {
    Path file = file(yaml);
    assertThatThrownBy(() -> ConfigLoader.load(file, NOTHING))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("config.yaml"), yaml);
  }
}
