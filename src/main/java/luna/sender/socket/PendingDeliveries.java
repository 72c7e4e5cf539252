package luna.sender.socket;

import org.jspecify.annotations.Nullable;

/**
 * The receive time and the shared frame of each pending frame, oldest first: a ring buffer that
 * grows when full.
 *
 * <p>Units: {@link System#nanoTime()}.
 *
 * <p>Owner: confined to its session's event loop.
 */
final class PendingDeliveries {
  private long[] nanos = new long[8];
  private @Nullable SharedFrameMemory[] frames = new SharedFrameMemory[8];
  private int first;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /**
   * @param frame null if the client has its own copy of the bytes
   */
  void add(long receivedNanos, @Nullable SharedFrameMemory frame) {
    if (size == nanos.length) {
      grow();
    }
    int place = (first + size++) % nanos.length;
    nanos[place] = receivedNanos;
    frames[place] = frame;
    if (frame != null) {
      frame.retain();
    }
  }

  private void grow() {
    long[] largerNanos = new long[size * 2];
    @Nullable SharedFrameMemory[] largerFrames = new SharedFrameMemory[size * 2];
    for (int i = 0; i < size; i++) {
      largerNanos[i] = nanos[(first + i) % size];
      largerFrames[i] = frames[(first + i) % size];
    }
    nanos = largerNanos;
    frames = largerFrames;
    first = 0;
  }

  /** Returns when the oldest frame was received. */
  long oldestNanos() {
    return nanos[first];
  }

  /** Removes the oldest frame. Returns when it was received. */
  long remove() {
    long oldest = nanos[first];
    SharedFrameMemory frame = frames[first];
    if (frame != null) {
      frame.release();
      frames[first] = null;
    }
    first = (first + 1) % nanos.length;
    size--;
    return oldest;
  }
}
