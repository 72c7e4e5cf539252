package luna.sender.api;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * An LRU cache of values computed from request text.
 *
 * <p>How: caches at most {@value #LIMIT} texts of at most {@value #LENGTH_LIMIT} characters, and
 * {@value #TOTAL_LENGTH_LIMIT} characters in total; evicts the least recently used. A value
 * computed from a list takes up to 30 bytes per character, so this bounds the memory to about 2 MB.
 * Longer texts are not cached. Neither are texts that may contain a token, such as {@code
 * access_token=...} sent to a gateway in front of the service.
 *
 * <p>Errors: passes on what the computation throws, and caches nothing then.
 *
 * <p>Owner: confined to its event loop.
 */
final class LruCache<V> {
  private static final int LIMIT = 1000;
  private static final int LENGTH_LIMIT = 512;
  private static final List<String> SECRET = List.of("token", "jwt", "auth", "bearer");
  private static final int TOTAL_LENGTH_LIMIT = 65_536;

  private final Map<String, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private int totalLength;

  V get(String text, Function<String, V> compute) {
    V cached = entries.get(text);
    if (cached != null) {
      return cached;
    }
    V value = compute.apply(text);
    if (text.length() <= LENGTH_LIMIT && !mayContainSecret(text)) {
      entries.put(text, value);
      totalLength += text.length();
      evict();
    }
    return value;
  }

  private static boolean mayContainSecret(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return SECRET.stream().anyMatch(lower::contains);
  }

  private void evict() {
    Iterator<String> eldest = entries.keySet().iterator();
    while (entries.size() > LIMIT || totalLength > TOTAL_LENGTH_LIMIT) {
      totalLength -= eldest.next().length();
      eldest.remove();
    }
  }
}
