package luna.sender.event;

import java.util.ArrayList;
import java.util.List;

/**
 * A path to a value in a message to a client.
 *
 * <p>Shape: keys that are joined by dots; {@code []} after a key stands for each element of the
 * array that is its value: {@code event.matches[].candidates[].similarity}. The first key is {@code
 * event}, or the path is {@code handler_id}.
 *
 * <p>Errors: {@link IllegalArgumentException} for another form.
 */
record EventPath(List<Step> steps) {
  static final String EVENT = "event";
  static final String HANDLER_ID = "handler_id";
  static final String EACH = "[]";

  /** The most keys of a path. */
  static final int DEPTH_LIMIT = 8;

  /** The most steps of all paths, with those of the root and of arrays in arrays. */
  static final int STEPS_LIMIT = 32;

  /**
   * One step of a path.
   *
   * @param key a key of an object, or {@link #EACH} for each element of an array
   */
  record Step(String key) {
    boolean isElement() {
      return key.equals(EACH);
    }
  }

  /** Parses a path inside of the event; the first key, {@code event}, is left out. */
  static EventPath parse(String path) {
    List<Step> steps = new ArrayList<>();
    int from = 0;
    while (from <= path.length()) {
      int dot = path.indexOf('.', from);
      int end = dot < 0 ? path.length() : dot;
      addKey(path, path.substring(from, end), steps);
      from = end + 1;
    }
    if (steps.size() < 2 || !steps.get(0).key().equals(EVENT) || steps.get(1).isElement()) {
      throw bad(path, "event.key, or handler_id");
    }
    long keys = steps.stream().filter(step -> !step.isElement()).count() - 1;
    if (keys > DEPTH_LIMIT || steps.size() >= STEPS_LIMIT) {
      throw bad(path, "at most " + DEPTH_LIMIT + " keys after event");
    }
    return new EventPath(List.copyOf(steps.subList(1, steps.size())));
  }

  private static void addKey(String path, String text, List<Step> steps) {
    String key = text;
    int arrays = 0;
    while (key.endsWith(EACH)) {
      key = key.substring(0, key.length() - EACH.length());
      arrays++;
    }
    if (key.isEmpty() || key.chars().anyMatch(EventPath::isForbidden)) {
      throw bad(path, "keys that are joined by dots, each followed by [] if it has an array");
    }
    steps.add(new Step(key));
    for (int i = 0; i < arrays; i++) {
      steps.add(new Step(EACH));
    }
  }

  private static boolean isForbidden(int c) {
    return c <= ' ' || c == '"' || c == '\\' || c == '[' || c == ']';
  }

  private static IllegalArgumentException bad(String path, String expected) {
    return new IllegalArgumentException(path + " (expected: " + expected + ")");
  }
}
