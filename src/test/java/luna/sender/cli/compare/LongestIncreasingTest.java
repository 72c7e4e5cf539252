package luna.sender.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LongestIncreasingTest {
  @Test
  void elementsInOrderBelongToIt() {
    assertThat(LongestIncreasing.of(new int[0])).isEmpty();
    assertThat(LongestIncreasing.of(new int[] {0, 1, 2})).containsOnly(true);
    assertThat(LongestIncreasing.of(new int[] {0, 3, 1, 2}))
        .containsExactly(true, false, true, true);
  }

  @Test
  void itIsIncreasingAndNoneIsLonger() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      int[] numbers = shuffled(random, 1 + random.nextInt(10));
      boolean[] member = LongestIncreasing.of(numbers);
      int[] chosen = chosen(numbers, member);
      assertThat(chosen).isSorted();
      assertThat(chosen).hasSize(longest(numbers));
    }
  }

  private static int[] shuffled(Random random, int length) {
    int[] numbers = new int[length];
    for (int i = 0; i < length; i++) {
      int place = random.nextInt(i + 1);
      numbers[i] = numbers[place];
      numbers[place] = i;
    }
    return numbers;
  }

  private static int[] chosen(int[] numbers, boolean[] member) {
    int[] chosen = new int[numbers.length];
    int size = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (member[i]) {
        chosen[size++] = numbers[i];
      }
    }
    return Arrays.copyOf(chosen, size);
  }

  /** Tries all subsets. */
  private static int longest(int[] numbers) {
    int longest = 0;
    for (int subset = 0; subset < 1 << numbers.length; subset++) {
      int last = -1;
      boolean increasing = true;
      for (int i = 0; i < numbers.length; i++) {
        if ((subset >> i & 1) == 1) {
          increasing &= numbers[i] > last;
          last = numbers[i];
        }
      }
      longest = increasing ? Math.max(longest, Integer.bitCount(subset)) : longest;
    }
    return longest;
  }
}
