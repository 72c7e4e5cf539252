package luna.sender.socket;

/**
 * When each frame on its way was received, oldest first: a ring that grows when it is full.
 *
 * <p>Units: {@link System#nanoTime()}.
 *
 * <p>Owner: confined to its session's event loop.
 */
final class Receipts {
  private long[] nanos = new long[8];
  private int first;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  void add(long receivedNanos) {
    if (size == nanos.length) {
      long[] larger = new long[size * 2];
      for (int i = 0; i < size; i++) {
        larger[i] = nanos[(first + i) % size];
      }
      nanos = larger;
      first = 0;
    }
    nanos[(first + size++) % nanos.length] = receivedNanos;
  }

  long remove() {
    long oldest = nanos[first];
    first = (first + 1) % nanos.length;
    size--;
    return oldest;
  }
}
