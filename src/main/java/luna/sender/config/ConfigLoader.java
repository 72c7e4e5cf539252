package luna.sender.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads the configuration from the packaged defaults, a file and the environment; later ones win.
 *
 * <p>Shape: see {@code conf/config.yaml} for the file and {@link ConfigMerge} for the variables.
 *
 * <p>Errors: one {@link ConfigException} with all problems.
 *
 * <p>Owner: one thread.
 */
public final class ConfigLoader {
  private final ObjectNode defaults = YamlFile.defaults();
  private final List<String> problems = new ArrayList<>();

  private ConfigLoader() {}

  public static Config load(@Nullable Path file, Map<String, String> environment) {
    return load(file, environment, Map.of());
  }

  /**
   * @param fallback variables that override the packaged defaults, but nothing else
   */
  public static Config load(
      @Nullable Path file, Map<String, String> environment, Map<String, String> fallback) {
    return new ConfigLoader()
        .make(file == null ? null : YamlFile.read(file), environment, fallback);
  }

  private Config make(
      @Nullable ObjectNode file, Map<String, String> environment, Map<String, String> fallback) {
    ConfigMerge merge = new ConfigMerge(defaults, problems);
    merge.environment(fallback);
    if (file != null) {
      merge.file(file);
    }
    merge.environment(environment);
    Config config = bind(merge.values());
    if (config == null || !problems.isEmpty()) {
      throw new ConfigException(String.join("\n", problems));
    }
    return config;
  }

  /**
   * Converts the tree to the records. Records each invalid value and replaces it by its default, to
   * find the next one.
   */
  private @Nullable Config bind(ObjectNode values) {
    Set<List<String>> bad = new HashSet<>();
    while (true) {
      try {
        return ConfigMapper.MAPPER.treeToValue(values, Config.class);
      } catch (JsonMappingException e) {
        Problem problem = Problem.of(e);
        if (!bad.add(problem.keys)) {
          return null; // the default is invalid too in combination with the other values
        }
        problems.add(problem.text);
        reset(values, problem.keys);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("configuration: not bound (expected: a tree)", e);
      }
    }
  }

  private void reset(ObjectNode values, List<String> keys) {
    JsonNode parent = values;
    JsonNode known = defaults;
    for (String key : keys.subList(0, keys.size() - 1)) {
      parent = parent.path(key);
      known = known.path(key);
    }
    String last = keys.get(keys.size() - 1);
    if (parent instanceof ObjectNode section && known.has(last)) {
      section.set(last, known.get(last));
    }
  }

  /** One invalid value: its path of keys, and the text for the user. */
  private record Problem(List<String> keys, String text) {
    static Problem of(JsonMappingException e) {
      List<String> keys = new ArrayList<>();
      StringBuilder path = new StringBuilder();
      for (JsonMappingException.Reference step : e.getPath()) {
        if (step.getFieldName() == null) {
          path.append('[').append(step.getIndex()).append(']');
        } else {
          path.append(keys.isEmpty() ? "" : ".").append(step.getFieldName());
          keys.add(step.getFieldName());
        }
      }
      if (e instanceof ValueInstantiationException
          && e.getCause() instanceof IllegalArgumentException refused) {
        String text =
            String.valueOf(refused.getMessage()); // from Bounds: KEY: value (expected: ...)
        keys.add(text.substring(0, text.indexOf(':')));
        return new Problem(keys, path.isEmpty() ? text : path + "." + text);
      }
      return new Problem(keys, path + ": " + e.getOriginalMessage());
    }
  }
}
