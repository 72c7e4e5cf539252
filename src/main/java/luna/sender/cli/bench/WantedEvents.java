package luna.sender.cli.bench;

import java.util.function.IntPredicate;

/**
 * The sequence numbers that match a filter. They are known in advance, because the events of a run
 * are created from a ring of templates.
 *
 * <p>Shape: event {@code n} is created from template {@code n} modulo the length of the ring.
 *
 * <p>Example: with a ring of 4 templates of which 1 and 2 match, the numbers 1, 2, 5, 6, 9, 10 and
 * so on are wanted; {@code nextFrom(3)} is 5, and {@code count(0, 8)} is 4.
 */
final class WantedEvents {
  /** The result of {@link #nextFrom} for a filter that matches no template. */
  static final long NEVER = Long.MAX_VALUE;

  /** The distance from each template to the next wanted one: 0 if it is wanted itself. */
  private final int[] skips;

  /** The number of wanted templates before each template, and finally in the whole ring. */
  private final int[] before;

  WantedEvents(int ring, IntPredicate wanted) {
    skips = new int[ring];
    before = new int[ring + 1];
    for (int i = 0; i < ring; i++) {
      before[i + 1] = before[i] + (wanted.test(i) ? 1 : 0);
    }
    int skip = 0;
    // Two rounds, because the next wanted template after the last one is at the beginning.
    for (int i = 2 * ring - 1; i >= 0; i--) {
      int index = i % ring;
      skip = before[index + 1] > before[index] ? 0 : skip + 1;
      skips[index] = skip;
    }
  }

  boolean contains(long sequence) {
    return perRing() > 0 && skips[index(sequence)] == 0;
  }

  /** Returns the first wanted number at or after {@code sequence}. */
  long nextFrom(long sequence) {
    return perRing() == 0 ? NEVER : sequence + skips[index(sequence)];
  }

  /**
   * Returns how many numbers are wanted from {@code from} (inclusive) to {@code to} (exclusive).
   */
  long count(long from, long to) {
    return from >= to ? 0 : countBefore(to) - countBefore(from);
  }

  /** Returns how many templates are wanted. */
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
