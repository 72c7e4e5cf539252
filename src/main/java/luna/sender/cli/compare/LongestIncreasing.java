package luna.sender.cli.compare;

import java.util.Arrays;

/**
 * The longest increasing subsequence of different numbers: the most elements that are in order. The
 * others are out of order.
 *
 * <p>Source: Fredman, On computing the length of longest increasing subsequences (1975).
 */
final class LongestIncreasing {
  private LongestIncreasing() {}

  /** Returns for each element whether it belongs to the subsequence. */
  static boolean[] of(int[] numbers) {
    int[] tails = new int[numbers.length];
    int[] before = new int[numbers.length];
    int length = 0;
    for (int i = 0; i < numbers.length; i++) {
      int place = place(numbers, tails, length, numbers[i]);
      before[i] = place == 0 ? -1 : tails[place - 1];
      tails[place] = i;
      length = Math.max(length, place + 1);
    }
    boolean[] member = new boolean[numbers.length];
    Arrays.fill(member, false);
    for (int i = length == 0 ? -1 : tails[length - 1]; i >= 0; i = before[i]) {
      member[i] = true;
    }
    return member;
  }

  /** Returns the length of the longest subsequence that the number can continue. */
  private static int place(int[] numbers, int[] tails, int length, int number) {
    int low = 0;
    int high = length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[tails[middle]] < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
