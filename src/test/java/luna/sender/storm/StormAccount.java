package luna.sender.storm;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * An account, and when its events were published.
 *
 * <p>Thread safety: thread-safe; events are added by one thread.
 */
final class StormAccount {
  final String id;
  private final AtomicLongArray published;
  private volatile int count;

  /**
   * @param limit how many events it can have
   */
  StormAccount(String id, int limit) {
    this.id = id;
    this.published = new AtomicLongArray(limit);
  }

  /** Records that the next event is published now. Returns its number. */
  int next() {
    published.set(count, System.nanoTime());
    return count++;
  }

  long publishedNanos(int number) {
    return published.get(number);
  }

  int count() {
    return count;
  }
}
