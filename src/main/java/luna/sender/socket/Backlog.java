package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.event.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait for a slow client which would rather lose the oldest than be closed, and the gap
 * that their loss leaves: it is at the head, for that is where they are lost.
 *
 * <p>Owner: confined to its session's event loop; owns a reference to each frame.
 */
final class Backlog {
  /** A frame of an event, or of a gap, which has no time of receipt. */
  record Waiting(ByteBuf frame, long receivedNanos, boolean isEvent) {}

  private final SteadyClock clock;
  private final Deque<Waiting> frames = new ArrayDeque<>();
  private long bytes;
  private int events;
  private @Nullable Moment gapFrom;
  private @Nullable Moment gapTo;
  private long dropped;

  Backlog(SteadyClock clock) {
    this.clock = clock;
  }

  boolean isEmpty() {
    return frames.isEmpty() && gapFrom == null;
  }

  long bytes() {
    return bytes;
  }

  int events() {
    return events;
  }

  void add(ByteBuf frame, long receivedNanos) {
    add(new Waiting(frame, receivedNanos, true));
    events++;
  }

  void addGap(ByteBuf frame) {
    add(new Waiting(frame, 0, false));
  }

  private void add(Waiting waiting) {
    frames.add(waiting);
    bytes += waiting.frame.readableBytes();
  }

  /** Whether something could be dropped and something would still be there. */
  boolean hasOlder() {
    return frames.size() > 1;
  }

  /**
   * Drops the oldest frame.
   *
   * @return how many events that were: one, or none if it told of a gap
   */
  int dropOldest() {
    Waiting oldest = next();
    oldest.frame.release();
    Moment now = clock.now();
    if (gapFrom == null) {
      gapFrom = oldest.isEvent ? clock.at(oldest.receivedNanos) : now;
    }
    gapTo = now;
    if (oldest.isEvent) {
      dropped++;
    }
    return oldest.isEvent ? 1 : 0;
  }

  /** The gap before the next frame, once; null if there is none. */
  @Nullable Gap takeGap() {
    if (gapFrom == null || gapTo == null) {
      return null;
    }
    Gap gap = new Gap(gapFrom, gapTo, Gap.Cause.SLOW, dropped);
    gapFrom = null;
    dropped = 0;
    return gap;
  }

  @Nullable Waiting poll() {
    return frames.isEmpty() ? null : next();
  }

  private Waiting next() {
    Waiting next = frames.remove();
    bytes -= next.frame.readableBytes();
    if (next.isEvent) {
      events--;
    }
    return next;
  }

  /** Releases all; returns how many events they were. */
  int clear() {
    int left = events;
    frames.forEach(waiting -> waiting.frame.release());
    frames.clear();
    bytes = 0;
    events = 0;
    gapFrom = null;
    return left;
  }
}
