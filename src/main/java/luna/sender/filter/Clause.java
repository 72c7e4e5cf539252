package luna.sender.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;
import luna.sender.event.Attributes;
import luna.sender.event.Estimation;
import luna.sender.filter.Condition.AllOf;
import luna.sender.filter.Condition.AnyOf;
import luna.sender.filter.Condition.Bound;
import luna.sender.filter.Condition.CodeOf;
import luna.sender.filter.Condition.OneOf;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of a query as a part of the filter that it became: the filter passes an event if
 * each clause that it has does.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: the parameters of operation {@code ws} in {@code openapi.yaml}, in its order.
 */
public enum Clause {
  SOURCES(new OneOf("source", EventFilter::sources, Attributes::source)),
  MATCHING_CANDIDATES_LABELS(
      new AnyOf("match with candidates", EventFilter::labels, Attributes::labels)),
  OBJECT_SIMILARITY__GTE(
      new Bound("similarity", true, EventFilter::similarity, Attributes::topSimilarity)),
  OBJECT_SIMILARITY__LT(
      new Bound("similarity", false, EventFilter::similarity, Attributes::topSimilarity)),
  AGE__GTE(new Bound("age", true, EventFilter::age, Attributes::age)),
  AGE__LT(new Bound("age", false, EventFilter::age, Attributes::age)),
  GENDER(
      new CodeOf(
          "gender",
          code -> code == 0 ? "female" : "male",
          true,
          EventFilter::gender,
          Attributes::gender)),
  ETHNIC_GROUPS(
      new CodeOf(
          "ethnic group",
          names(Estimation.ETHNIC_GROUP),
          false,
          EventFilter::ethnicGroups,
          Attributes::ethnicGroup)),
  LIVENESS(
      new CodeOf(
          "liveness",
          names(Estimation.LIVENESS),
          false,
          EventFilter::liveness,
          Attributes::liveness)),
  MASKS(new CodeOf("mask", names(Estimation.MASK), false, EventFilter::masks, Attributes::mask)),
  EMOTIONS(
      new CodeOf(
          "emotion", names(Estimation.EMOTION), false, EventFilter::emotions, Attributes::emotion)),
  TAGS(new AllOf("tags", EventFilter::tags, Attributes::tags)),
  CITIES(new OneOf("city", EventFilter::cities, Attributes::city)),
  AREAS(new OneOf("area", EventFilter::areas, Attributes::area)),
  DISTRICTS(new OneOf("district", EventFilter::districts, Attributes::district)),
  STREETS(new OneOf("street", EventFilter::streets, Attributes::street)),
  HOUSE_NUMBERS(new OneOf("house number", EventFilter::houseNumbers, Attributes::houseNumber)),
  HANDLER_IDS(new OneOf("handler", EventFilter::handlerIds, Attributes::handlerId));

  private static final Clause[] ALL = values();

  private final Condition condition;

  Clause(Condition condition) {
    this.condition = condition;
  }

  /** The clauses that a filter has. */
  public static List<Clause> of(EventFilter filter) {
    List<Clause> asked = new ArrayList<>();
    for (Clause clause : ALL) {
      if (clause.condition.wanted(filter) != null) {
        asked.add(clause);
      }
    }
    return List.copyOf(asked);
  }

  /** The name in the query. */
  public String parameter() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether an event passes this clause of the filter, which has it. */
  public boolean passes(EventFilter filter, Attributes attributes) {
    return condition.passes(filter, attributes);
  }

  /** What became of this clause for an event. */
  public Verdict verdict(EventFilter filter, Attributes attributes) {
    return new Verdict(
        parameter(),
        Objects.requireNonNull(condition.wanted(filter)),
        condition.value(attributes),
        condition.passes(filter, attributes),
        condition.reason(filter, attributes));
  }

  /**
   * What became of a clause for an event.
   *
   * @param wanted a number, or a JSON array of numbers or texts, as in the query
   * @param value what the event has: a number, a text, a JSON array of texts; null for nothing
   * @param reason one sentence for people
   */
  public record Verdict(
      String parameter, Object wanted, @Nullable Object value, boolean passes, String reason) {}

  private static IntFunction<String> names(Estimation estimation) {
    return estimation::name;
  }
}
