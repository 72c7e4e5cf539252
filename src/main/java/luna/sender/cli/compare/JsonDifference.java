package luna.sender.cli.compare;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Describes where two different texts differ, without their values, which are personal data. */
final class JsonDifference {
  private JsonDifference() {}

  static String of(String first, String second) {
    String path;
    try {
      path = path("", new JsonObject(first), new JsonObject(second));
    } catch (DecodeException | ClassCastException notJson) {
      return "byte " + offset(first, second) + ": not JSON objects";
    }
    return "byte " + offset(first, second) + ": " + (path == null ? "only the spelling" : path);
  }

  private static int offset(String first, String second) {
    int shorter = Math.min(first.length(), second.length());
    int i = 0;
    while (i < shorter && first.charAt(i) == second.charAt(i)) {
      i++;
    }
    return i;
  }

  /** Returns the path of the first value that differs; null if both are equal. */
  private static @Nullable String path(
      String path, @Nullable Object first, @Nullable Object second) {
    if (first instanceof JsonObject one && second instanceof JsonObject two) {
      Set<String> names = new LinkedHashSet<>(one.fieldNames());
      names.addAll(two.fieldNames());
      for (String name : names) {
        String here = path.isEmpty() ? name : path + "." + name;
        if (one.containsKey(name) != two.containsKey(name)) {
          return here + ": only in the " + (one.containsKey(name) ? "first" : "second");
        }
        String deeper = path(here, one.getValue(name), two.getValue(name));
        if (deeper != null) {
          return deeper;
        }
      }
      return null;
    }
    if (first instanceof JsonArray one && second instanceof JsonArray two) {
      for (int i = 0; i < Math.min(one.size(), two.size()); i++) {
        String deeper = path(path + "[" + i + "]", one.getValue(i), two.getValue(i));
        if (deeper != null) {
          return deeper;
        }
      }
      return one.size() == two.size()
          ? null
          : path + ": " + one.size() + " and " + two.size() + " elements";
    }
    return Objects.equals(first, second) ? null : path + ": other value";
  }
}
