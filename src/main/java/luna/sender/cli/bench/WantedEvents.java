package luna.sender.cli.bench;

import java.util.function.IntPredicate;

/**
 * Which sequence numbers a filter wants: known beforehand, for the events of a run come from a ring
 * of templates.
 *
 * <p>Shape: number {@code n} is made from template {@code n} modulo the length of the ring.
 *
 * <p>Owner: immutable.
 */
final class WantedEvents {
  /** What {@link #nextFrom} gives for a filter that wants none. */
  static final long NEVER = Long.MAX_VALUE;

  /** From each template to the next one that is wanted: 0 if it is so itself. */
  private final int[] skips;

  /** How many are wanted before each template, and at last in the whole ring. */
  private final int[] before;

  WantedEvents(int ring, IntPredicate wanted) {
    skips = new int[ring];
    before = new int[ring + 1];
    for (int i = 0; i < ring; i++) {
      before[i + 1] = before[i] + (wanted.test(i) ? 1 : 0);
    }
    int skip = 0;
    // Twice around, for the last ones' next is at the beginning.
    for (int i = 2 * ring - 1; i >= 0; i--) {
      int index = i % ring;
      skip = before[index + 1] > before[index] ? 0 : skip + 1;
      skips[index] = skip;
    }
  }

  boolean contains(long sequence) {
    return perRing() > 0 && skips[index(sequence)] == 0;
  }

  /** The first wanted one that is not before {@code sequence}. */
  long nextFrom(long sequence) {
    return perRing() == 0 ? NEVER : sequence + skips[index(sequence)];
  }

  /** How many are wanted from {@code from} (included) to {@code to} (excluded). */
  long count(long from, long to) {
    return from >= to ? 0 : countBefore(to) - countBefore(from);
  }

  /** How many of the templates are wanted. */
  int perRing() {
    return before[skips.length];
  }

  private long countBefore(long sequence) {
    return sequence / skips.length * perRing() + before[index(sequence)];
  }

  private int index(long sequence) {
    return (int) (sequence % skips.length);
  }
}
