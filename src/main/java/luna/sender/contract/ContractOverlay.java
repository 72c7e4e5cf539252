package luna.sender.contract;

import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.JsonPathException;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.spi.json.JacksonJsonProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import luna.sender.config.ConfigException;
import luna.sender.config.YamlFile;
import org.jspecify.annotations.Nullable;

/**
 * A list of changes to the contract.
 *
 * <p>Shape: an OpenAPI Overlay 1.0 document. Its targets are JSONPath as the library Jayway
 * JsonPath reads it: a filter is {@code [?(@.name=='gender')]}.
 *
 * <p>Errors: {@link ConfigException} with the file and the place in it. A target that selects
 * nothing is an error too, although the specification allows it: it is nearly always misspelt.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: OpenAPI Overlay Specification 1.0.0.
 */
public final class ContractOverlay {
  private static final int TARGET_LIMIT = 1000;
  private static final int SHOWN_LIMIT = 100;
  private static final Configuration PATHS =
      Configuration.builder()
          .jsonProvider(new JacksonJsonProvider())
          .options(Option.AS_PATH_LIST)
          .build();
  private static final Configuration VALUES =
      Configuration.builder().jsonProvider(new JacksonJsonProvider()).build();

  private final String file;
  private final List<Action> actions;

  /**
   * One change.
   *
   * @param place for errors
   * @param update null for a removal
   */
  private record Action(String place, JsonPath target, @Nullable Object update) {}

  private ContractOverlay(String file, List<Action> actions) {
    this.file = file;
    this.actions = List.copyOf(actions);
  }

  /** Reads a file. */
  public static ContractOverlay read(Path path) {
    String file = path.toString();
    Map<String, Object> document = YamlFile.readMap(path);
    allow(file, document, List.of("overlay", "info", "extends", "actions"));
    if (!(document.get("overlay") instanceof String version) || !version.startsWith("1.0.")) {
      throw bad(file + ": overlay", document.get("overlay"), "1.0.0");
    }
    if (!(document.get("info") instanceof Map<?, ?> info)
        || !(info.get("title") instanceof String)
        || info.get("version") == null) {
      throw bad(file + ": info", document.get("info"), "an object with title and version");
    }
    if (!(document.get("actions") instanceof List<?> list) || list.isEmpty()) {
      throw bad(file + ": actions", document.get("actions"), "a list of one or more");
    }
    List<Action> actions = new ArrayList<>();
    for (Object each : list) {
      actions.add(action(file + ": actions[" + actions.size() + "]", each));
    }
    return new ContractOverlay(file, actions);
  }

  private static Action action(String place, Object value) {
    Map<String, Object> action = object(place, value);
    allow(place, action, List.of("target", "description", "update", "remove"));
    JsonPath target = target(place + ".target", action.get("target"));
    Object remove = action.getOrDefault("remove", false);
    if (!(remove instanceof Boolean)) {
      throw bad(place + ".remove", remove, "true or false");
    }
    Object update = remove.equals(true) ? null : action.get("update");
    if (update == null && remove.equals(false)) {
      throw bad(place, action.keySet(), "update, or remove: true");
    }
    return new Action(place, target, update);
  }

  private static JsonPath target(String place, @Nullable Object target) {
    try {
      // A regular expression can take very long, and deep nesting can exhaust the stack.
      if (target instanceof String text
          && text.startsWith("$")
          && text.length() <= TARGET_LIMIT
          && !text.contains("=~")) {
        return JsonPath.compile(text);
      }
    } catch (InvalidPathException | IllegalArgumentException failure) {
      // Reported below.
    }
    throw bad(place, target, "a JSONPath, such as $.components.parameters");
  }

  /** Returns the file from which this was read. */
  public String file() {
    return file;
  }

  /** Changes the document. */
  void apply(Map<String, Object> document) {
    for (Action action : actions) {
      try {
        apply(action, document);
      } catch (JsonPathException | IndexOutOfBoundsException failure) {
        throw unusable(action);
      }
    }
  }

  private static void apply(Action action, Map<String, Object> document) {
    List<String> selected = JsonPath.using(PATHS).parse(document).read(action.target);
    if (selected.isEmpty()) {
      throw unusable(action);
    }
    DocumentContext context = JsonPath.using(VALUES).parse(document);
    if (action.update == null) {
      context.delete(action.target);
      return;
    }
    for (String path : selected) {
      update(action.place + ".update", context.read(path), action.update);
    }
  }

  private static ConfigException unusable(Action action) {
    return bad(action.place + ".target", action.target.getPath(), "it selects an object or a list");
  }

  private static void update(String place, @Nullable Object target, Object update) {
    if (target instanceof List<?>) {
      @SuppressWarnings("unchecked") // All lists are from the YAML parser.
      List<Object> list = (List<Object>) target;
      list.add(copy(object(place, update)));
    } else if (target instanceof Map<?, ?>) {
      merge(place, object(place, target), object(place, update));
    } else {
      throw bad(place, target, "its target is an object or a list");
    }
  }

  private static void merge(String place, Map<String, Object> target, Map<String, Object> update) {
    update.forEach(
        (key, value) -> {
          Object known = target.get(key);
          String at = place + "." + key;
          if (known instanceof Map<?, ?>) {
            merge(at, object(at, known), object(at, value));
          } else if (known instanceof List<?>) {
            if (!(value instanceof List<?> more)) {
              throw bad(at, value, "a list, because the contract has a list here");
            }
            List<Object> all = new ArrayList<>((List<?>) known);
            more.forEach(each -> all.add(copy(each)));
            target.put(key, all);
          } else if (known != null && (value instanceof Map<?, ?> || value instanceof List<?>)) {
            throw bad(at, value, "one value, because the contract has one here");
          } else {
            target.put(key, copy(value));
          }
        });
  }

  /** Copies objects and lists, so that a later change of one place does not change another. */
  private static @Nullable Object copy(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
      map.forEach((key, each) -> copy.put(key, copy(each)));
      return copy;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(each -> copy.add(copy(each)));
      return copy;
    }
    return value;
  }

  @SuppressWarnings("unchecked") // All objects are from the YAML parser, which has only text keys.
  private static Map<String, Object> object(String place, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw bad(place, value, "an object");
  }

  private static void allow(String place, Map<String, Object> object, List<String> keys) {
    for (String key : object.keySet()) {
      if (!keys.contains(key) && !key.startsWith("x-")) {
        throw new ConfigException(
            place + ": " + line(key) + " (expected: " + String.join(", ", keys) + ")");
      }
    }
  }

  private static ConfigException bad(String place, @Nullable Object value, String expected) {
    String text = value == null ? "none" : line(String.valueOf(value));
    return new ConfigException(place + ": " + text + " (expected: " + expected + ")");
  }

  /** Returns a text in one short line. */
  private static String line(String text) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length() && line.length() < SHOWN_LIMIT; i++) {
      line.append(Character.isISOControl(text.charAt(i)) ? '?' : text.charAt(i));
    }
    return text.length() > SHOWN_LIMIT ? line.append('…').toString() : line.toString();
  }
}
