package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * The random number generator of the demo. The same seed gives the same run.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class SeededRandom {
  private final Random random;

  SeededRandom(long seed) {
    random = new Random(seed);
  }

  /** Returns a whole number from {@code from} to {@code to}, both inclusive. */
  int roll(int from, int to) {
    return from + random.nextInt(to - from + 1);
  }

  /** Returns a number from {@code from} (inclusive) to {@code to} (exclusive). */
  double draw(double from, double to) {
    return from + (to - from) * random.nextDouble();
  }

  /** Returns true once in {@code times}, on average. */
  boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  <T> T pick(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  <T> List<T> shuffle(List<T> values) {
    List<T> shuffled = new ArrayList<>(values);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  /** Returns a random UUID (version 4). */
  String uuid() {
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  /**
   * Returns a probability for each name. They add up to 1, and that of {@code predominant} is the
   * highest.
   */
  ObjectNode estimations(List<String> names, String predominant) {
    double rest = draw(1e-6, 0.45);
    double share = rest / (names.size() - 1);
    double given = 0;
    ObjectNode estimations = JsonNodeFactory.instance.objectNode();
    for (String name : names) {
      double estimation = share * draw(0, 1);
      estimations.put(name, estimation);
      given += name.equals(predominant) ? 0 : estimation;
    }
    return estimations.put(predominant, 1 - given);
  }
}
