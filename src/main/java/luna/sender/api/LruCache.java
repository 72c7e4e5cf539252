package luna.sender.api;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * What was made of the texts that came last, so that it need not be made again.
 *
 * <p>Shape: at most {@value #LIMIT} texts of at most {@value #LENGTH_LIMIT} characters, and {@value
 * #TOTAL_LENGTH_LIMIT} in all; the one that was not asked for longest gives way. What is made of a
 * list takes up to 30 bytes for each of its characters, so this bounds the memory to some 2 MB. A
 * longer text, or one that may hold a token which is meant for a gateway, is made anew each time.
 *
 * <p>Errors: what the making throws is passed on, and nothing kept: refusals stay as they are.
 *
 * <p>Owner: confined to its event loop.
 */
final class LruCache<V> {
  private static final int LIMIT = 1000;
  private static final int LENGTH_LIMIT = 512;
  private static final List<String> SECRET = List.of("token", "jwt", "auth", "bearer");
  private static final int TOTAL_LENGTH_LIMIT = 65_536;

  private final Map<String, V> made = new LinkedHashMap<>(16, 0.75f, true);
  private int totalLength;

  V get(String text, Function<String, V> make) {
    V known = made.get(text);
    if (known != null) {
      return known;
    }
    V fresh = make.apply(text);
    if (text.length() <= LENGTH_LIMIT && !mayHoldSecret(text)) {
      made.put(text, fresh);
      totalLength += text.length();
      shorten();
    }
    return fresh;
  }

  private static boolean mayHoldSecret(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return SECRET.stream().anyMatch(lower::contains);
  }

  private void shorten() {
    Iterator<String> eldest = made.keySet().iterator();
    while (made.size() > LIMIT || totalLength > TOTAL_LENGTH_LIMIT) {
      totalLength -= eldest.next().length();
      eldest.remove();
    }
  }
}
