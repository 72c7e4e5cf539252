package luna.sender.config;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The configuration as it may be shown to anyone.
 *
 * <p>Shape: nested maps, or text of {@code [SECTION]} and {@code KEY = value} lines, where a
 * section in a section is {@code [SECTION.NAME]} and a list is separated by commas.
 */
final class MaskedForm {
  private static final List<String> HIDDEN = List.of("PASSWORD", "TOKEN", "SECRET", "KEY");

  private MaskedForm() {}

  static Map<String, Object> of(Config config) {
    return hide(ConfigMapper.MAPPER.convertValue(config, new TypeReference<>() {}));
  }

  /** Hides by the key's name, whatever the type of the value; the path of a file is no secret. */
  static Map<String, Object> hide(Map<?, ?> values) {
    Map<String, Object> shown = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          String key = (String) name;
          if (HIDDEN.stream().anyMatch(key::contains) && !key.endsWith("_FILE")) {
            shown.put(key, Secret.MASK);
          } else {
            shown.put(key, value instanceof Map<?, ?> section ? hide(section) : value);
          }
        });
    return shown;
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
