package luna.sender.admission;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How many are in, by some key.
 *
 * <p>Shape: a key with nobody in is not kept, so there are no more keys than connections.
 *
 * <p>Owner: thread-safe.
 */
final class KeyedCounts<K> {
  private final ConcurrentMap<K, Integer> counts = new ConcurrentHashMap<>();

  /** Counts one in; returns how many they are now. */
  int enter(K key) {
    return counts.merge(key, 1, Integer::sum);
  }

  void leave(K key) {
    counts.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
  }

  int size() {
    return counts.size();
  }
}
