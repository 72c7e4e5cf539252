package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a client whose socket takes no more: frames of events, and the gaps among them.
 *
 * <p>Shape: events can be dropped, the oldest first; a gap never is. A dropped event becomes part
 * of a gap {@code slow} in its place. At most {@value #GAPS_LIMIT} gaps stand side by side; further
 * ones are merged into the last, which then covers the time of all of them.
 *
 * <p>Owner: confined to its session's event loop; owns a reference to each frame.
 */
final class Backlog {
  static final int GAPS_LIMIT = 8;

  /** The length of a gap's frame, in round numbers. */
  private static final int GAP_BYTES = 128;

  /** What the client is sent next. */
  sealed interface Entry permits Waiting, Missing {}

  /** An event. */
  record Waiting(ByteBuf frame, SharedFrame shared, long receivedNanos) implements Entry {}

  /** A gap. */
  record Missing(Gap gap) implements Entry {}

  private final SteadyClock clock;

  /** Gaps before the oldest event. */
  private final Deque<Gap> head = new ArrayDeque<>();

  /** Begins with an event, if it has any. */
  private final Deque<Entry> entries = new ArrayDeque<>();

  private long bytes;
  private int events;

  /** How many gaps are behind the newest event. */
  private int lastGaps;

  Backlog(SteadyClock clock) {
    this.clock = clock;
  }

  boolean isEmpty() {
    return head.isEmpty() && entries.isEmpty();
  }

  long bytes() {
    return bytes + (long) GAP_BYTES * gaps();
  }

  int events() {
    return events;
  }

  private int gaps() {
    return head.size() + entries.size() - events;
  }

  /** How many entries wait. */
  int size() {
    return head.size() + entries.size();
  }

  /** Takes over the caller's reference to the frame. */
  void add(ByteBuf frame, SharedFrame shared, long receivedNanos) {
    // First: it may need memory.
    entries.add(new Waiting(frame, shared, receivedNanos));
    shared.retain();
    bytes += frame.readableBytes();
    events++;
    lastGaps = 0;
  }

  void add(Gap gap) {
    if (entries.isEmpty()) {
      addToHead(gap);
    } else if (lastGaps < GAPS_LIMIT) {
      entries.add(new Missing(gap));
      lastGaps++;
    } else if (entries.removeLast() instanceof Missing last) {
      entries.add(new Missing(last.gap.merge(gap)));
    }
  }

  private void addToHead(Gap gap) {
    Gap last = head.peekLast();
    boolean continues =
        last != null && last.cause() == Gap.Cause.SLOW && gap.cause() == Gap.Cause.SLOW;
    if (last != null && (continues || head.size() >= GAPS_LIMIT)) {
      head.removeLast();
      head.add(last.merge(gap));
    } else {
      head.add(gap);
    }
  }

  /** Drops the oldest event, of which there must be one. */
  void dropOldest() {
    if (!(takeFirst() instanceof Waiting oldest)) {
      throw new IllegalStateException("backlog: no event (expected: one to drop)");
    }
    oldest.frame.release();
    oldest.shared.release();
    addToHead(new Gap(clock.at(oldest.receivedNanos), clock.now(), Gap.Cause.SLOW, 1));
    moveGapsToHead();
  }

  /**
   * What the client is sent next, or null. The caller takes over the references of an event: to its
   * frame and to its shared frame.
   */
  @Nullable Entry poll() {
    Gap gap = head.poll();
    if (gap != null) {
      return new Missing(gap);
    }
    Entry first = takeFirst();
    moveGapsToHead();
    return first;
  }

  private @Nullable Entry takeFirst() {
    Entry first = entries.poll();
    if (first instanceof Waiting waiting) {
      bytes -= waiting.frame.readableBytes();
      events--;
    }
    return first;
  }

  private void moveGapsToHead() {
    while (entries.peek() instanceof Missing missing) {
      entries.remove();
      addToHead(missing.gap);
    }
    if (entries.isEmpty()) {
      lastGaps = 0;
    }
  }

  /** Releases all; returns how many events they were. */
  int clear() {
    int left = events;
    for (Entry entry : entries) {
      if (entry instanceof Waiting waiting) {
        waiting.frame.release();
        waiting.shared.release();
      }
    }
    head.clear();
    entries.clear();
    bytes = 0;
    events = 0;
    lastGaps = 0;
    return left;
  }
}
