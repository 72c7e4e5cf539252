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
 * One query parameter as a clause of a filter. A filter passes an event only if all of its clauses
 * pass.
 *
 * <p>Source: the parameters of operation {@code ws} in {@code openapi.yaml}, in the same order.
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

  /** Returns the clauses that the filter has. */
  public static List<Clause> of(EventFilter filter) {
    List<Clause> clauses = new ArrayList<>();
    for (Clause clause : ALL) {
      if (clause.condition.wanted(filter) != null) {
        clauses.add(clause);
      }
    }
    return List.copyOf(clauses);
  }

  /** Returns the parameter name in the query. */
  public String parameter() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns whether the event passes this clause. The filter must have the clause. */
  public boolean passes(EventFilter filter, Attributes attributes) {
    return condition.passes(filter, attributes);
  }

  /** Evaluates this clause for an event. */
  public Result evaluate(EventFilter filter, Attributes attributes) {
    return new Result(
        parameter(),
        Objects.requireNonNull(condition.wanted(filter)),
        condition.value(attributes),
        condition.passes(filter, attributes),
        condition.reason(filter, attributes));
  }

  /**
   * The result of one clause for one event.
   *
   * @param wanted the value in the query: a number, or a JSON array of numbers or strings
   * @param value the value in the event: a number, a string or a JSON array of strings; null if
   *     absent
   * @param reason the explanation, one sentence for people
   */
  public record Result(
      String parameter, Object wanted, @Nullable Object value, boolean passes, String reason) {}

  private static IntFunction<String> names(Estimation estimation) {
    return estimation::name;
  }
}
