package luna.sender.cli.bench;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares what one client gets with what it must get: the wanted sequence numbers, each once, in
 * their order.
 *
 * <p>Shape: as long as nothing is wrong, its whole state is the next number. Where numbers were
 * passed over, it keeps them as gaps, of which it forgets the oldest beyond {@value #MAX_GAPS}; a
 * late one out of a forgotten gap is taken for a duplicate, and stays missing.
 *
 * <p>Owner: confined to its client's event loop.
 */
final class SequenceCheck {
  static final int MAX_GAPS = 1024;

  /** What a delivery was. */
  enum Verdict {
    /** The one that had to come next. */
    NEXT,
    /** A later one: those in between are missing, for now. */
    AHEAD,
    /** One that was missing; it is out of order. */
    LATE,
    /** It had come before. */
    DUPLICATE,
    /** The client's filter does not want it. */
    WRONG
  }

  private final WantedEvents wanted;
  private long next;
  private long missing;

  /** From its first number (included) to its end (excluded). */
  private @Nullable TreeMap<Long, Long> gaps;

  SequenceCheck(WantedEvents wanted) {
    this.wanted = wanted;
    this.next = wanted.nextFrom(0);
  }

  Verdict accept(long sequence) {
    if (sequence == next) {
      next = wanted.nextFrom(sequence + 1);
      return Verdict.NEXT;
    }
    if (!wanted.contains(sequence)) {
      return Verdict.WRONG;
    }
    if (sequence > next) {
      passOver(next, sequence);
      next = wanted.nextFrom(sequence + 1);
      return Verdict.AHEAD;
    }
    return fill(sequence) ? Verdict.LATE : Verdict.DUPLICATE;
  }

  /** The smallest wanted number that is behind all that came. */
  long next() {
    return next;
  }

  /** How many have been passed over and not come since. */
  long missing() {
    return missing;
  }

  /** How many of the first {@code published} events have to come. */
  long expected(long published) {
    return wanted.count(0, published);
  }

  /** How many of the first {@code published} events have not come. */
  long lost(long published) {
    return missing + wanted.count(next, published);
  }

  private void passOver(long from, long to) {
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
