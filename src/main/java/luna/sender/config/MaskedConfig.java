package luna.sender.config;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.ContextualSerializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Renders the configuration without secrets.
 *
 * <p>Shape: nested maps; or text of {@code [SECTION]} and {@code KEY = value} lines, where a nested
 * section is {@code [SECTION.NAME]} and a list is separated by commas.
 */
final class MaskedConfig {
  /**
   * Values are masked if their key contains one of these words, whatever their type, unless the key
   * is in {@link #SHOWN}.
   */
  private static final List<String> HIDDEN =
      List.of("PASSWORD", "PASSPHRASE", "TOKEN", "SECRET", "KEY", "CREDENTIAL", "PRIVATE");

  /** Keys whose text is shown. All other texts are masked, because a new key may be a secret. */
  private static final Set<String> SHOWN =
      Set.of(
          "ACCOUNT_CLAIM",
          "ALLOWED_ORIGINS",
          "AUDIENCE",
          "BUCKET",
          "CA_FILE",
          "CERT_FILE",
          "CHANNEL_PREFIX",
          "CLIENT_CA_FILE",
          "CONSOLE_ACCOUNT",
          "CONTRACT_OVERLAYS",
          "ENDPOINT",
          "FOLDER_WITH_LOGS",
          "HEADERS_FILE",
          "HOST",
          "ISSUER",
          "JWKS_CA_FILE",
          "JWKS_URL",
          "KEY_FILE",
          "MASTER_NAME",
          "NODES",
          "ORGANIZATION",
          "PASSWORD_FILE",
          "PEM_FILES",
          "SAMPLE_URL",
          "SECRET_FILE",
          "SENTINELS",
          "SERVICE_NAME",
          "TICKET_KEYS_FILE",
          "TOKENS_FILE",
          "TOKEN_FILE",
          "TRUSTED_PROXIES",
          "USER");

  /** The user, and perhaps a password, before the host of a URL. */
  private static final Pattern USER_INFO = Pattern.compile("(?<=//)[^/?#\\s]*@");

  private static final ObjectMapper MAPPER =
      ConfigMapper.MAPPER
          .copy()
          .registerModule(new SimpleModule("shown").addSerializer(String.class, new Text(false)));

  private MaskedConfig() {}

  /** Returns a record as a map, with secrets masked. */
  static Map<String, Object> of(Object config) {
    return hide(MAPPER.convertValue(config, new TypeReference<>() {}));
  }

  /**
   * Masks values by the name of their key, whatever their type. The path of a file is not a secret.
   */
  static Map<String, Object> hide(Map<?, ?> values) {
    Map<String, Object> shown = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          String key = (String) name;
          if (HIDDEN.stream().anyMatch(key::contains) && !SHOWN.contains(key)) {
            shown.put(key, Secret.MASK);
          } else {
            shown.put(key, value instanceof Map<?, ?> section ? hide(section) : value);
          }
        });
    return shown;
  }

  /**
   * Writes a text as {@link Secret#MASK} unless its key is in {@link #SHOWN}. Enums are not texts.
   */
  private static final class Text extends StdSerializer<String> implements ContextualSerializer {
    private final boolean shown;

    Text(boolean shown) {
      super(String.class);
      this.shown = shown;
    }

    @Override
    public JsonSerializer<?> createContextual(
        SerializerProvider provider, @Nullable BeanProperty property) {
      return new Text(property != null && SHOWN.contains(property.getName()));
    }

    @Override
    public void serialize(String value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(shown ? USER_INFO.matcher(value).replaceAll(Secret.MASK + "@") : Secret.MASK);
    }
  }

  static String text(Map<String, Object> values) {
    return values.entrySet().stream()
        .flatMap(section -> sections(section.getKey(), (Map<?, ?>) section.getValue()))
        .collect(joining("\n"));
  }

  private static Stream<String> sections(String path, Map<?, ?> section) {
    StringBuilder own = new StringBuilder("[" + path + "]\n");
    Stream.Builder<String> inner = Stream.builder();
    section.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> nested) {
            sections(path + "." + key, nested).forEach(inner);
          } else {
            own.append((key + " = " + line(value)).stripTrailing()).append('\n');
          }
        });
    return Stream.concat(Stream.of(own.toString()), inner.build());
  }

  private static String line(Object value) {
    return value instanceof List<?> list
        ? list.stream().map(String::valueOf).collect(joining(","))
        : value.toString();
  }
}
