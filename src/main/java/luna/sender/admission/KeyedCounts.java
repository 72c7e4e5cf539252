package luna.sender.admission;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts entries per key, such as connections per account.
 *
 * <p>Invariant: a key whose count is 0 is removed, so there are never more keys than connections.
 *
 * <p>Owner: thread-safe.
 */
final class KeyedCounts<K> {
  private final ConcurrentMap<K, Integer> counts = new ConcurrentHashMap<>();

  /** Increments the count of a key and returns it. */
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
