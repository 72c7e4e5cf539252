package luna.sender.cli.bench;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the deliveries to one client: the wanted sequence numbers, each once and in order.
 *
 * <p>Shape: without errors, the only state is the next number. Skipped numbers are kept as gaps.
 * Above {@value #MAX_GAPS} gaps, the oldest is discarded; a late event from a discarded gap counts
 * as a duplicate, and stays missing.
 *
 * <p>Owner: confined to its client's event loop.
 */
final class SequenceCheck {
  static final int MAX_GAPS = 1024;

  /** The result for one delivery. */
  enum Arrival {
    /** The expected event. */
    NEXT,
    /** A later event; those in between are missing for now. */
    AHEAD,
    /** A missing event, which arrived out of order. */
    LATE,
    /** An event that was delivered before. */
    DUPLICATE,
    /** An event that the client's filter excludes. */
    WRONG
  }

  private final WantedEvents wanted;
  private long next;
  private long missing;

  /** Numbers that the client has missed while it was disconnected. */
  private long missed;

  /** The first of the numbers that were skipped last, and may still arrive. */
  private long skippedFrom = WantedEvents.NEVER;

  /** Gaps, from the first number (inclusive) to the end (exclusive). */
  private @Nullable TreeMap<Long, Long> gaps;

  SequenceCheck(WantedEvents wanted) {
    this.wanted = wanted;
    this.next = wanted.nextFrom(0);
  }

  Arrival accept(long sequence) {
    if (skippedFrom != WantedEvents.NEVER) {
      endSkip(sequence);
    }
    if (sequence == next) {
      next = wanted.nextFrom(sequence + 1);
      return Arrival.NEXT;
    }
    if (!wanted.contains(sequence)) {
      return Arrival.WRONG;
    }
    if (sequence > next) {
      addGap(next, sequence);
      next = wanted.nextFrom(sequence + 1);
      return Arrival.AHEAD;
    }
    return fill(sequence) ? Arrival.LATE : Arrival.DUPLICATE;
  }

  /**
   * Called when a client is connected again that gets only new events. It misses the events that
   * were published meanwhile, except the newest of them if they are still on their way to it.
   *
   * @param published the number of events that were published
   */
  void skip(long published) {
    long to = wanted.nextFrom(published);
    if (next < to) {
      skippedFrom = Math.min(skippedFrom, next);
      missed += wanted.count(next, to);
      next = to;
    }
  }

  /** The first event after a skip is the end of what was missed. */
  private void endSkip(long sequence) {
    if (sequence >= skippedFrom && sequence < next && wanted.contains(sequence)) {
      missed -= wanted.count(sequence, next);
      next = sequence;
    }
    skippedFrom = WantedEvents.NEVER;
  }

  /** Returns how many events the client has missed while it was disconnected. */
  long missed() {
    return missed;
  }

  /** Returns the first wanted number after all delivered ones. */
  long next() {
    return next;
  }

  /** Returns how many events were skipped and have not arrived since. */
  long missing() {
    return missing;
  }

  /** Returns how many of the first {@code published} events should be delivered. */
  long expected(long published) {
    return wanted.count(0, published) - missed;
  }

  /** Returns how many of the first {@code published} events have not been delivered. */
  long lost(long published) {
    return missing + wanted.count(next, published);
  }

  private void addGap(long from, long to) {
    if (gaps == null) {
      gaps = new TreeMap<>();
    }
    gaps.put(from, to);
    missing += wanted.count(from, to);
    if (gaps.size() > MAX_GAPS) {
      gaps.pollFirstEntry();
    }
  }

  private boolean fill(long sequence) {
    Map.Entry<Long, Long> gap = gaps == null ? null : gaps.floorEntry(sequence);
    if (gaps == null || gap == null || gap.getValue() <= sequence) {
      return false;
    }
    gaps.remove(gap.getKey());
    if (gap.getKey() < sequence) {
      gaps.put(gap.getKey(), sequence);
    }
    if (sequence + 1 < gap.getValue()) {
      gaps.put(sequence + 1, gap.getValue());
    }
    missing--;
    return true;
  }
}
