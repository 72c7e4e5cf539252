package luna.sender.event;

import java.util.List;

/**
 * An estimation of the platform with a closed set of outcomes, and the number that a filter uses
 * for each.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: the enumerations of the filters in {@code openapi.yaml}.
 */
public enum Estimation {
  ETHNIC_GROUP(1, List.of("african_american", "indian", "asian", "caucasian")),
  LIVENESS(0, List.of("spoof", "real", "unknown")),
  MASK(1, List.of("missing", "medical_mask", "occluded")),
  EMOTION(1, List.of("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"));

  private final int first;

  @SuppressWarnings("ImmutableEnumChecker") // A list that List.of has made.
  private final List<String> names;

  Estimation(int first, List<String> names) {
    this.first = first;
    this.names = names;
  }

  /** The number of an outcome, or {@link Attributes#ABSENT} for a name that is none. */
  public int code(String name) {
    int index = names.indexOf(name);
    return index < 0 ? Attributes.ABSENT : first + index;
  }

  /** The number itself if it stands for an outcome, else {@link Attributes#ABSENT}. */
  public int code(int number) {
    return number >= first && number < first + names.size() ? number : Attributes.ABSENT;
  }
}
