package luna.sender.filter;

/**
 * One query parameter that is a filter.
 *
 * <p>Source: a parameter of operation {@code ws} with {@code x-event-field} in {@code
 * openapi.yaml}.
 *
 * @param position its position among the filters of the contract
 * @param noun what the event must have, for explanations
 */
public record FilterParameter(
    String name, int position, Kind kind, String noun, FilterAttribute attribute) {

  /** How a parameter compares its values with those of an event. */
  public enum Kind {
    /** The event must have at least one of the texts. */
    ANY_OF,

    /** The event must have all of the texts. */
    ALL_OF,

    /** The event must have this code. */
    CODE,

    /** The event must have at least one of the codes. */
    CODES,

    /** The number must be at least this. */
    GTE,

    /** The number must be less than this. */
    LT;

    boolean isBound() {
      return this == GTE || this == LT;
    }
  }

  /** Returns whether the query has a list of values, or else one value. */
  public boolean isList() {
    return kind == Kind.ANY_OF || kind == Kind.ALL_OF || kind == Kind.CODES;
  }
}
