package luna.sender.cli.compare;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares the messages of two services.
 *
 * <p>How: the same event of both is found by its id, and an id that comes twice belongs to two
 * pairs, in order. Events are out of order if they are not in the longest sequence that both
 * services sent in the same order.
 *
 * <p>Units: some 200 bytes of memory for each event.
 *
 * <p>Owner: confined to one thread.
 */
final class StreamComparison {
  private final Side first = new Side();
  private final Side second = new Side();
  private final List<Pair> pairs = new ArrayList<>();

  /** What one service has sent, and the other has not, so far. */
  private static final class Side {
    final Map<String, Deque<Numbered>> unmatched = new HashMap<>();
    int count;
  }

  private record Numbered(int number, Message message) {}

  /**
   * An event that both have sent.
   *
   * @param difference where the texts differ; empty if they are equal
   */
  private record Pair(
      String key, int first, int second, long firstNanos, long secondNanos, String difference) {}

  void addFirst(Message message) {
    Numbered arrived = new Numbered(first.count++, message);
    Numbered other = take(second, message.key());
    if (other == null) {
      put(first, arrived);
    } else {
      pair(arrived, other);
    }
  }

  void addSecond(Message message) {
    Numbered arrived = new Numbered(second.count++, message);
    Numbered other = take(first, message.key());
    if (other == null) {
      put(second, arrived);
    } else {
      pair(other, arrived);
    }
  }

  private static void put(Side side, Numbered arrived) {
    side.unmatched.computeIfAbsent(arrived.message.key(), key -> new ArrayDeque<>(1)).add(arrived);
  }

  private static @Nullable Numbered take(Side side, String key) {
    Deque<Numbered> waiting = side.unmatched.get(key);
    if (waiting == null) {
      return null;
    }
    Numbered oldest = waiting.remove();
    if (waiting.isEmpty()) {
      side.unmatched.remove(key);
    }
    return oldest;
  }

  private void pair(Numbered one, Numbered two) {
    String difference =
        one.message.text().equals(two.message.text())
            ? ""
            : JsonDifference.of(one.message.text(), two.message.text());
    pairs.add(
        new Pair(
            one.message.key(),
            one.number,
            two.number,
            one.message.nanos(),
            two.message.nanos(),
            difference));
  }

  /**
   * Returns the differences among the messages that arrived in this time. A message that arrived
   * only at one service outside of it is no difference: the other connection was not open yet, or
   * the message may still arrive.
   */
  ComparisonReport report(long fromNanos, long untilNanos) {
    List<Pair> inOrderOfFirst = new ArrayList<>(pairs);
    inOrderOfFirst.sort(Comparator.comparingInt(Pair::first));
    boolean[] ordered =
        LongestIncreasing.of(inOrderOfFirst.stream().mapToInt(Pair::second).toArray());
    List<String> outOfOrder = new ArrayList<>();
    List<String> otherBytes = new ArrayList<>();
    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < ordered.length; i++) {
      Pair pair = inOrderOfFirst.get(i);
      if (!ordered[i]) {
        outOfOrder.add(pair.key);
      }
      if (!pair.difference.isEmpty()) {
        otherBytes.add(pair.key + ": " + pair.difference);
      }
      delays.add(pair.secondNanos - pair.firstNanos);
    }
    delays.sort(Comparator.naturalOrder());
    return new ComparisonReport(
        pairs.size(),
        unmatched(first, fromNanos, untilNanos),
        unmatched(second, fromNanos, untilNanos),
        otherBytes,
        outOfOrder,
        delays);
  }

  private static List<String> unmatched(Side side, long fromNanos, long untilNanos) {
    return side.unmatched.values().stream()
        .flatMap(Deque::stream)
        .filter(
            each -> each.message.nanos() - fromNanos >= 0 && each.message.nanos() - untilNanos <= 0)
        .sorted(Comparator.comparingInt(Numbered::number))
        .map(each -> each.message.key())
        .toList();
  }
}
