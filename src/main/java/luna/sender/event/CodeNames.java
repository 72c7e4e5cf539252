package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The outcomes of an attribute with a closed set of outcomes, each with a name and a number. Events
 * have either of them; filters use the number.
 *
 * <p>Units: a set of outcomes is a bit mask in which bit {@code i} is the outcome at position
 * {@code i}.
 *
 * <p>Source: {@code enum} and {@code x-enum-varnames} of a filter in {@code openapi.yaml}.
 */
public final class CodeNames {
  /** The most outcomes of an attribute. */
  public static final int LIMIT = Long.SIZE;

  private final byte[][] names;
  private final int[] numbers;

  /**
   * @param names without duplicates
   * @param numbers the number of each name, without duplicates
   */
  public CodeNames(List<String> names, List<Integer> numbers) {
    if (names.size() != numbers.size() || names.size() > LIMIT) {
      throw new IllegalArgumentException(
          "names: " + names.size() + " (expected: as many as numbers, at most " + LIMIT + ")");
    }
    this.names =
        names.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    this.numbers = numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  public int size() {
    return numbers.length;
  }

  /** Returns the name of the outcome at this position. */
  public String name(int position) {
    return new String(names[position], StandardCharsets.UTF_8);
  }

  /** Returns the number of the outcome at this position. */
  public int number(int position) {
    return numbers[position];
  }

  /** Returns the mask of the outcome with this number; 0 if there is none. */
  public long mask(double number) {
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] == number) {
        return 1L << i;
      }
    }
    return 0;
  }

  /** Returns the mask of the outcome with this name; 0 if there is none. */
  public long mask(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return mask(text, 0, text.length);
  }

  /** The same for the name that is in {@code text} from {@code start} to {@code end}. */
  long mask(byte[] text, int start, int end) {
    int length = end - start;
    for (int i = 0; i < names.length; i++) {
      byte[] name = names[i];
      if (name.length == length && Arrays.equals(name, 0, length, text, start, end)) {
        return 1L << i;
      }
    }
    return 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CodeNames codes
        && Arrays.deepEquals(names, codes.names)
        && Arrays.equals(numbers, codes.numbers);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(numbers);
  }
}
