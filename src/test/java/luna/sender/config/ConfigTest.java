package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigTest {
  private static final Map<String, String> SECRETS =
      Map.of(
          "REDIS_DB_ADDRESS__PASSWORD", "hunter2",
          "REDIS_DB_ADDRESS__SENTINEL__PASSWORD", "hunter3",
          "INFLUX_MONITORING__TOKEN", "hunter4",
          "LUNA_SENDER_TRACING__HEADERS", "authorization=hunter5");

  private final Config defaults = ConfigLoader.load(null, Map.of());

  @Test
  void maskedFormHasTheKeysOfThePackedFileInItsOrder() {
    List<String> inFile = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    collect("", YamlFile.defaults(), inFile);
    collect("", new ObjectMapper().<ObjectNode>valueToTree(defaults.masked()), shown);

    assertThat(shown).isEqualTo(inFile);
  }

  @Test
  void maskedFormHasTheValuesOfThePackedFileExceptSecrets() throws JsonProcessingException {
    ObjectNode expected = YamlFile.defaults();
    ((ObjectNode) expected.at("/REDIS_DB_ADDRESS")).put("PASSWORD", "********");
    ((ObjectNode) expected.at("/REDIS_DB_ADDRESS/SENTINEL")).put("PASSWORD", "********");
    ((ObjectNode) expected.at("/LUNA_SENDER_AUTH")).put("SECRET", "********");
    ((ObjectNode) expected.at("/INFLUX_MONITORING")).put("TOKEN", "********");
    ((ObjectNode) expected.at("/LUNA_SENDER_TRACING")).put("HEADERS", "********");
    ObjectMapper json = new ObjectMapper();

    assertThat(json.writeValueAsString(defaults.masked()))
        .isEqualTo(json.writeValueAsString(expected));
  }

  @Test
  void influxSectionHasTheKeysOfTheReferenceAndTokenFile() {
    assertThat(defaults.masked())
        .containsEntry(
            "INFLUX_MONITORING",
            Map.of(
                "SEND_DATA_FOR_MONITORING",
                0,
                "VERSION",
                2,
                "ORGANIZATION",
                "luna",
                "TOKEN",
                "********",
                "TOKEN_FILE",
                "",
                "BUCKET",
                "luna_monitoring",
                "HOST",
                "127.0.0.1",
                "PORT",
                8086,
                "USE_SSL",
                0,
                "FLUSHING_PERIOD",
                1));
  }

  @Test
  void durationsAreShownAsSecondsWithoutNeedlessDecimals() {
    assertThat(Seconds.format(Duration.ZERO)).isEqualTo(0);
    assertThat(Seconds.format(Duration.ofMinutes(1))).isEqualTo(60);
    assertThat(Seconds.format(Duration.ofMillis(50))).isEqualTo(0.05);
    assertThat(Seconds.format(Duration.ofMillis(-1500))).isEqualTo(-1.5);
  }

  @Test
  void noSecretIsShownAnywhere() throws JsonProcessingException {
    Config config = ConfigLoader.load(null, SECRETS);

    assertThat(config.redis().password().value()).isEqualTo("hunter2");
    assertThat(
            List.of(
                config.masked().toString(),
                config.toText(),
                config.toString(),
                new ObjectMapper().findAndRegisterModules().writeValueAsString(config.masked()),
                new ObjectMapper().writeValueAsString(config.influx().token())))
        .noneMatch(shown -> shown.contains("hunter"))
        .allMatch(shown -> shown.contains("********"));
  }

  @Test
  void secretIsMaskedWhetherSetOrNot() {
    assertThat(ConfigLoader.load(null, SECRETS).toText()).isEqualTo(defaults.toText());
  }

  @Test
  void keyThatSoundsLikeASecretIsMaskedWhateverItsType() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("API_KEY", "hunter");
    values.put("SECRETS", List.of("hunter"));
    values.put("INNER", Map.of("TOKEN_OF_SOMEONE", Map.of("A", "hunter"), "PASSWORDS", 7));
    values.put("PORT", 1);
    values.put("KEY_FILE", "/etc/key.pem");

    assertThat(MaskedConfig.hide(values))
        .isEqualTo(
            Map.of(
                "API_KEY",
                "********",
                "SECRETS",
                "********",
                "INNER",
                Map.of("TOKEN_OF_SOMEONE", "********", "PASSWORDS", "********"),
                "PORT",
                1,
                "KEY_FILE",
                "/etc/key.pem"));
  }

  /** If you add a text, decide here whether it may be shown. */
  @Test
  void onlyListedTextsAreShown() {
    List<String> shown = new ArrayList<>();
    collectTexts("", new ObjectMapper().<ObjectNode>valueToTree(defaults.masked()), shown);

    assertThat(shown)
        .containsExactlyInAnyOrder(
            "LUNA_SENDER_HTTP_SETTINGS.HOST",
            "LUNA_SENDER_ADMIN.TOKENS_FILE",
            "LUNA_SENDER_HTTP_SETTINGS.TRANSPORT",
            "LUNA_SENDER_HTTP_SETTINGS.ALLOWED_ORIGINS",
            "LUNA_SENDER_HTTP_SETTINGS.CONSOLE_ACCOUNT",
            "LUNA_SENDER_HTTP_SETTINGS.SAMPLE_URL",
            "LUNA_SENDER_HTTP_SETTINGS.CONTRACT_OVERLAYS",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.PROVIDER",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.CERT_FILE",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.KEY_FILE",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.CLIENT_CA_FILE",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.CLIENT_AUTH",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.MIN_VERSION",
            "LUNA_SENDER_HTTP_SETTINGS.TLS.TICKET_KEYS_FILE",
            "LUNA_SENDER_WS_SETTINGS.SLOW_POLICIES",
            "LUNA_SENDER_LIMITS.TRUSTED_PROXIES",
            "LUNA_SENDER_LIMITS.PROXY_HEADER",
            "LUNA_SENDER_LOGGER.LOG_LEVEL",
            "LUNA_SENDER_LOGGER.LOG_TIME",
            "LUNA_SENDER_LOGGER.LOG_FORMAT",
            "LUNA_SENDER_LOGGER.FOLDER_WITH_LOGS",
            "REDIS_DB_ADDRESS.HOST",
            "REDIS_DB_ADDRESS.USER",
            "REDIS_DB_ADDRESS.PASSWORD_FILE",
            "REDIS_DB_ADDRESS.CA_FILE",
            "REDIS_DB_ADDRESS.CERT_FILE",
            "REDIS_DB_ADDRESS.KEY_FILE",
            "REDIS_DB_ADDRESS.CHANNEL_PREFIX",
            "REDIS_DB_ADDRESS.SENTINEL.MASTER_NAME",
            "REDIS_DB_ADDRESS.SENTINEL.SENTINELS",
            "REDIS_DB_ADDRESS.SENTINEL.USER",
            "REDIS_DB_ADDRESS.SENTINEL.PASSWORD_FILE",
            "REDIS_DB_ADDRESS.CLUSTER.NODES",
            "LUNA_SENDER_HISTORY.MODE",
            "LUNA_SENDER_HISTORY.RECORD_ACCOUNTS",
            "LUNA_SENDER_AUTH.MODE",
            "LUNA_SENDER_AUTH.ALGORITHMS",
            "LUNA_SENDER_AUTH.PEM_FILES",
            "LUNA_SENDER_AUTH.SECRET_FILE",
            "LUNA_SENDER_AUTH.JWKS_URL",
            "LUNA_SENDER_AUTH.JWKS_CA_FILE",
            "LUNA_SENDER_AUTH.ISSUER",
            "LUNA_SENDER_AUTH.AUDIENCE",
            "LUNA_SENDER_AUTH.ACCOUNT_CLAIM",
            "INFLUX_MONITORING.ORGANIZATION",
            "INFLUX_MONITORING.TOKEN_FILE",
            "INFLUX_MONITORING.BUCKET",
            "INFLUX_MONITORING.HOST",
            "LUNA_SENDER_TRACING.ENDPOINT",
            "LUNA_SENDER_TRACING.SERVICE_NAME",
            "LUNA_SENDER_TRACING.HEADERS_FILE");
  }

  private record Unknown(String something, List<String> things, int number, Duration time) {}

  @Test
  void unlistedTextIsMasked() {
    assertThat(
            MaskedConfig.of(
                new Unknown("hunter", List.of("hunter2", "hunter3"), 7, Duration.ofSeconds(1))))
        .isEqualTo(
            Map.of(
                "something",
                "********",
                "things",
                List.of("********", "********"),
                "number",
                7,
                "time",
                1));
  }

  @Test
  void pathOfAKeyFileIsShownButNoSecret() {
    Map<String, String> files =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__TLS__KEY_FILE", "/run/tls/tls.key",
            "LUNA_SENDER_HTTP_SETTINGS__TLS__CERT_FILE", "https://user:hunter2@host/ca.pem");

    assertThat(ConfigLoader.load(null, files).toText())
        .contains("KEY_FILE = /run/tls/tls.key", "CERT_FILE = https://********@host/ca.pem")
        .doesNotContain("hunter");
  }

  @Test
  void textFormHasSectionsAndKeys() {
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "mymaster",
                "REDIS_DB_ADDRESS__SENTINEL__SENTINELS", "a:1,b:2"));

    assertThat(config.toText())
        .startsWith(
            """
            [LUNA_SENDER_HTTP_SETTINGS]
            HOST = 0.0.0.0
            PORT = 5080
            EVENT_LOOPS = 0
            TRANSPORT = auto
            """)
        .contains(
            """
            CHANNEL_PREFIX = luna-sender
            BRIDGES = 1
            CONNECT_TIMEOUT = 2
            COMMAND_TIMEOUT = 4
            PROBE_INTERVAL = 1
            PROBE_TIMEOUT = 3
            CANARY_INTERVAL = 5
            RECONNECT_DELAY_MIN = 0.05
            RECONNECT_DELAY_MAX = 5
            PAYLOAD_LIMIT_BYTES = 1048576

            [REDIS_DB_ADDRESS.SENTINEL]
            MASTER_NAME = mymaster
            SENTINELS = a:1,b:2
            USER =
            PASSWORD = ********
            PASSWORD_FILE =
            USE_SSL = 0

            [REDIS_DB_ADDRESS.CLUSTER]
            NODES =
            SHARDED = 0

            [LUNA_SENDER_HISTORY]
            MODE = off
            RETENTION = 3600
            MAX_EVENTS = 10000
            RECORD = 1
            RECORD_ACCOUNTS =
            LEASE = 1
            REPLAYS = 64

            [LUNA_SENDER_AUTH]
            MODE = none
            ALGORITHMS =
            PEM_FILES =
            SECRET = ********
            SECRET_FILE =
            JWKS_URL =
            JWKS_CA_FILE =
            JWKS_REFRESH = 300
            RELOAD_INTERVAL = 10
            ISSUER =
            AUDIENCE =
            ACCOUNT_CLAIM = account_id
            LEEWAY = 30

            [LUNA_SENDER_ADMIN]
            TOKENS_FILE =
            RELOAD_INTERVAL = 10

            [INFLUX_MONITORING]
            """)
        .endsWith(
            """

            [LUNA_SERVICE_METRICS]
            ENABLED = 1
            ACCOUNT_SERIES = 0
            ACCOUNT_SERIES_LIMIT = 1000

            [LUNA_SENDER_TRACING]
            ENDPOINT =
            SAMPLE_RATIO = 0.01
            SERVICE_NAME = luna-sender
            ACCOUNT_ID = 0
            HEADERS = ********
            HEADERS_FILE =
            """);
  }

  private static void collectTexts(String prefix, ObjectNode section, List<String> names) {
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      String name = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      if (value instanceof ObjectNode inner) {
        collectTexts(name + ".", inner, names);
      } else if (value.isArray() || (value.isTextual() && !value.textValue().equals("********"))) {
        names.add(name);
      }
    }
  }

  private static void collect(String prefix, ObjectNode section, List<String> names) {
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      String name = prefix + entry.getKey();
      names.add(name);
      if (entry.getValue() instanceof ObjectNode inner) {
        collect(name + ".", inner, names);
      }
    }
  }
}
