package luna.sender.chaos;

import java.util.Arrays;
import java.util.UUID;

/**
 * Records what was published for one account: each event's number, times, and the values that
 * filters read.
 *
 * <p>Units: milliseconds since 1970.
 *
 * <p>Owner: thread-safe.
 */
final class AccountLog {
  /** The answer time of a PUBLISH without an answer: it may have been published or not. */
  private static final long UNCERTAIN = -1;

  final String account = UUID.randomUUID().toString();

  private long[] begun = new long[1024];
  private long[] answered = new long[1024];
  private int[] ages = new int[1024];
  private int[] genders = new int[1024];
  private int[] sources = new int[1024];
  private int size;

  /** Records a new event; returns its number. */
  synchronized int add(int age, int gender, int source) {
    if (size == begun.length) {
      begun = Arrays.copyOf(begun, size * 2);
      answered = Arrays.copyOf(answered, size * 2);
      ages = Arrays.copyOf(ages, size * 2);
      genders = Arrays.copyOf(genders, size * 2);
      sources = Arrays.copyOf(sources, size * 2);
    }
    begun[size] = System.currentTimeMillis();
    ages[size] = age;
    genders[size] = gender;
    sources[size] = source;
    return size++;
  }

  /** Records whether Redis has answered for all events from this number on. */
  synchronized void settle(int first, boolean published) {
    long now = published ? System.currentTimeMillis() : UNCERTAIN;
    Arrays.fill(answered, first, size, now);
  }

  /** Returns the number of events, which is the number of the next one. */
  synchronized int size() {
    return size;
  }

  /** Returns whether Redis has confirmed the event. */
  synchronized boolean isCertain(int number) {
    return answered[number] > 0;
  }

  synchronized boolean passes(int number, ChaosFilter filter) {
    return filter.passes(ages[number], genders[number], sources[number]);
  }

  /** Returns whether the time of publishing and the given time overlap. */
  synchronized boolean isWithin(int number, long fromMillis, long toMillis) {
    return begun[number] <= toMillis && answered[number] >= fromMillis;
  }

  synchronized String describe(int number) {
    return "event %d of %s, published %d to %d"
        .formatted(number, account, begun[number], answered[number]);
  }
}
