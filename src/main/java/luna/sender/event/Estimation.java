package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A categorical attribute: its value names and their numeric filter codes.
 *
 * <p>Source: the enumerations of the filters in {@code openapi.yaml}.
 */
public enum Estimation {
  ETHNIC_GROUP(1, "african_american", "indian", "asian", "caucasian"),
  LIVENESS(0, "spoof", "real", "unknown"),
  MASK(1, "missing", "medical_mask", "occluded"),
  EMOTION(1, "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise");

  private final int first;

  @SuppressWarnings("ImmutableEnumChecker") // Never changed.
  private final byte[][] names;

  Estimation(int first, String... names) {
    this.first = first;
    this.names = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      this.names[i] = names[i].getBytes(StandardCharsets.US_ASCII);
    }
  }

  /**
   * Returns the code of the value with this name, or {@link Attributes#ABSENT} if there is none.
   */
  public int code(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return code(text, 0, text.length);
  }

  /**
   * Returns the code of the value whose name is in {@code text} from {@code start} to {@code end},
   * or {@link Attributes#ABSENT} if there is none.
   */
  public int code(byte[] text, int start, int end) {
    for (int i = 0; i < names.length; i++) {
      if (Arrays.equals(names[i], 0, names[i].length, text, start, end)) {
        return first + i;
      }
    }
    return Attributes.ABSENT;
  }

  /** Returns {@code number} if it is the code of a value, else {@link Attributes#ABSENT}. */
  public int code(int number) {
    return number >= first && number < first + names.length ? number : Attributes.ABSENT;
  }

  /** Returns the name of the value with this code, which must exist. */
  public String name(int code) {
    return new String(names[code - first], StandardCharsets.US_ASCII);
  }
}
