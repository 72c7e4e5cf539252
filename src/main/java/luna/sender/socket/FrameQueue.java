package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * A queue of frames and gaps for one client whose socket is full. It is part of the metric {@code
 * luna_sender_queue_bytes}. The configuration's {@code ACCOUNT_BACKLOG_LIMIT_BYTES} and the metric
 * {@code luna_sender_backlog_bytes} mean another queue: the events of an account before they are
 * matched ({@link AccountSessions}).
 *
 * <p>How: events can be dropped, oldest first; gaps never are. A dropped event becomes part of a
 * gap with cause {@code slow} in the same position. At most {@value #GAPS_LIMIT} gaps are adjacent;
 * further ones are merged into the last, which then covers the time of all of them.
 *
 * <p>Owner: confined to its session's event loop; owns a reference to each frame.
 */
final class FrameQueue {
  static final int GAPS_LIMIT = 8;

  /** The approximate length of a gap's frame. */
  private static final int GAP_BYTES = 128;

  /** An entry of the queue. */
  sealed interface Entry permits Waiting, Missing {}

  /** An event. */
  record Waiting(ByteBuf frame, SharedFrameMemory shared, long receivedNanos) implements Entry {}

  /** A gap. */
  record Missing(Gap gap) implements Entry {}

  private final SteadyClock clock;

  /** Gaps before the oldest event. */
  private final Deque<Gap> leadingGaps = new ArrayDeque<>();

  /** Starts with an event, unless empty. */
  private final Deque<Entry> entries = new ArrayDeque<>();

  private long bytes;
  private int events;

  /** The number of gaps after the newest event. */
  private int trailingGaps;

  FrameQueue(SteadyClock clock) {
    this.clock = clock;
  }

  boolean isEmpty() {
    return leadingGaps.isEmpty() && entries.isEmpty();
  }

  long bytes() {
    return bytes + (long) GAP_BYTES * gaps();
  }

  int events() {
    return events;
  }

  private int gaps() {
    return leadingGaps.size() + entries.size() - events;
  }

  /** Returns the number of queued entries. */
  int size() {
    return leadingGaps.size() + entries.size();
  }

  /** Appends an event. Takes over the caller's reference to the frame. */
  void add(ByteBuf frame, SharedFrameMemory shared, long receivedNanos) {
    // First: the allocation may fail.
    entries.add(new Waiting(frame, shared, receivedNanos));
    shared.retain();
    bytes += frame.readableBytes();
    events++;
    trailingGaps = 0;
  }

  void add(Gap gap) {
    if (entries.isEmpty()) {
      addLeadingGap(gap);
    } else if (trailingGaps < GAPS_LIMIT) {
      entries.add(new Missing(gap));
      trailingGaps++;
    } else if (entries.removeLast() instanceof Missing last) {
      entries.add(new Missing(last.gap.merge(gap)));
    }
  }

  private void addLeadingGap(Gap gap) {
    Gap last = leadingGaps.peekLast();
    boolean continues =
        last != null && last.cause() == Gap.Cause.SLOW && gap.cause() == Gap.Cause.SLOW;
    if (last != null && (continues || leadingGaps.size() >= GAPS_LIMIT)) {
      leadingGaps.removeLast();
      leadingGaps.add(last.merge(gap));
    } else {
      leadingGaps.add(gap);
    }
  }

  /**
   * Drops the oldest event.
   *
   * @throws IllegalStateException if no event is queued
   */
  void dropOldest() {
    if (!(takeFirst() instanceof Waiting oldest)) {
      throw new IllegalStateException("queue: no event (expected: one to drop)");
    }
    oldest.frame.release();
    oldest.shared.release();
    addLeadingGap(new Gap(clock.at(oldest.receivedNanos), clock.now(), Gap.Cause.SLOW, 1));
    moveLeadingGaps();
  }

  /**
   * Removes and returns the next entry, or returns null if the queue is empty. The caller takes
   * over the references of an event: to its frame and to its shared frame.
   */
  @Nullable Entry poll() {
    Gap gap = leadingGaps.poll();
    if (gap != null) {
      return new Missing(gap);
    }
    Entry first = takeFirst();
    moveLeadingGaps();
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

  private void moveLeadingGaps() {
    while (entries.peek() instanceof Missing missing) {
      entries.remove();
      addLeadingGap(missing.gap);
    }
    if (entries.isEmpty()) {
      trailingGaps = 0;
    }
  }

  /** Releases all entries. Returns the number of events among them. */
  int clear() {
    int cleared = events;
    for (Entry entry : entries) {
      if (entry instanceof Waiting waiting) {
        waiting.frame.release();
        waiting.shared.release();
      }
    }
    leadingGaps.clear();
    entries.clear();
    bytes = 0;
    events = 0;
    trailingGaps = 0;
    return cleared;
  }
}
