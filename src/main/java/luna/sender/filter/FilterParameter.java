package luna.sender.filter;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute;

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

  /** Returns where it looks and how it compares, in the contract's words. */
  JsonObject toJson() {
    EventAttribute event = attribute.event();
    JsonObject json = new JsonObject().put("field", event.path());
    CodeNames codes = event.codes();
    if (codes != null) {
      JsonObject values = new JsonObject();
      for (int i = 0; i < codes.size(); i++) {
        values.put(Integer.toString(codes.number(i)), codes.name(i));
      }
      json.put("values", values);
    }
    String match =
        switch (kind) {
          case ANY_OF, CODES -> "any of a list";
          case ALL_OF -> "all of a list";
          case CODE -> "equal";
          case GTE -> "greater or equal";
          case LT -> "less";
        };
    json.put("match", match);
    if (event.aggregate() != EventAttribute.Aggregate.ALL) {
      json.put("aggregate", event.aggregate().name().toLowerCase(Locale.ROOT));
    }
    return event.requires() == null ? json : json.put("requires", event.requires());
  }

  /** Returns whether the query has a list of values, or else one value. */
  public boolean isList() {
    return kind == Kind.ANY_OF || kind == Kind.ALL_OF || kind == Kind.CODES;
  }
}
