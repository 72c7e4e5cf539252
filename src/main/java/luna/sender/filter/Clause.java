package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import luna.sender.event.Attributes;
import luna.sender.event.CodeNames;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of a client's query as a clause of its filter, which can be explained. A filter
 * passes an event only if all of its clauses pass.
 */
public record Clause(FilterParameter parameter, Condition condition) {

  /**
   * The result of one clause for one event.
   *
   * @param wanted the value in the query: a number, or a JSON array of numbers or strings
   * @param value the value in the event: a number, a string, or a JSON array of strings; null if
   *     absent
   * @param reason the explanation, one sentence for people
   */
  public record Result(
      String parameter, Object wanted, @Nullable Object value, boolean passes, String reason) {}

  /** Returns the clauses of the filter, in the order of the contract. */
  public static List<Clause> of(EventFilter filter) {
    List<Clause> clauses = new ArrayList<>();
    for (int i = 0; i < filter.size(); i++) {
      Condition condition = filter.condition(i);
      for (FilterParameter parameter : condition.attribute().parameters()) {
        Clause clause = new Clause(parameter, condition);
        if (clause.isGiven()) {
          clauses.add(clause);
        }
      }
    }
    clauses.sort(Comparator.comparingInt(clause -> clause.parameter.position()));
    return List.copyOf(clauses);
  }

  /** Returns false for a bound that the query does not have, beside the other one of its range. */
  private boolean isGiven() {
    return !(condition instanceof Condition.Range range) || !Double.isInfinite(bound(range));
  }

  private double bound(Condition.Range range) {
    return parameter.kind() == FilterParameter.Kind.GTE ? range.gte() : range.lt();
  }

  /** Returns whether the event passes this clause. */
  public boolean passes(Attributes attributes) {
    if (condition instanceof Condition.Range range) {
      double value = attributes.number(slot());
      return parameter.kind() == FilterParameter.Kind.GTE
          ? value >= range.gte()
          : value < range.lt();
    }
    return condition.passes(attributes);
  }

  /** Evaluates this clause for an event. */
  public Result evaluate(Attributes attributes) {
    boolean passes = passes(attributes);
    Object value = value(attributes);
    String reason =
        value == null ? "the event has no " + parameter.noun() : reason(attributes, value, passes);
    return new Result(parameter.name(), wanted(), value, passes, reason);
  }

  private int slot() {
    return parameter.attribute().event().slot();
  }

  private CodeNames names() {
    return Objects.requireNonNull(parameter.attribute().event().codes());
  }

  private Object wanted() {
    if (condition instanceof Condition.Texts texts) {
      return new JsonArray(List.copyOf(texts.texts()));
    }
    if (condition instanceof Condition.Codes codes) {
      List<Integer> numbers = numbers(codes.codes());
      return parameter.isList() ? new JsonArray(numbers) : numbers.get(0);
    }
    return ExplanationText.number(bound((Condition.Range) condition));
  }

  private @Nullable Object value(Attributes attributes) {
    if (condition instanceof Condition.Texts) {
      List<String> texts = attributes.texts(slot());
      return texts.isEmpty() ? null : hasSeveral() ? new JsonArray(texts) : texts.get(0);
    }
    if (condition instanceof Condition.Codes) {
      List<Integer> numbers = numbers(attributes.codes(slot()));
      return numbers.isEmpty() ? null : hasSeveral() ? new JsonArray(numbers) : numbers.get(0);
    }
    double number = attributes.number(slot());
    return Double.isNaN(number) ? null : ExplanationText.number(number);
  }

  /** Returns whether an event can have several values. */
  private boolean hasSeveral() {
    return parameter.attribute().event().hasSeveral();
  }

  private List<Integer> numbers(long mask) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < names().size(); i++) {
      if ((mask & 1L << i) != 0) {
        numbers.add(names().number(i));
      }
    }
    return numbers;
  }

  private String names(long mask) {
    return numbers(mask).stream()
        .map(number -> names().name(Long.numberOfTrailingZeros(names().mask(number))))
        .collect(Collectors.joining(", "));
  }

  private String reason(Attributes attributes, Object value, boolean passes) {
    if (condition instanceof Condition.Texts texts) {
      List<String> values = attributes.texts(slot());
      return parameter.kind() == FilterParameter.Kind.ALL_OF
          ? allOf(texts.texts(), values)
          : hasSeveral()
              ? anyOf(texts.texts(), values, passes)
              : oneOf(texts.texts(), values.get(0), passes);
    }
    if (condition instanceof Condition.Codes codes) {
      return names(attributes.codes(slot()))
          + (passes ? " is one of: " : " is none of: ")
          + names(codes.codes());
    }
    String compared =
        parameter.kind() == FilterParameter.Kind.GTE
            ? (passes ? " is at least " : " is less than ")
            : (passes ? " is less than " : " is not less than ");
    return value + compared + wanted();
  }

  private static String oneOf(SortedStrings wanted, String value, boolean passes) {
    return ExplanationText.quoted(value)
        + (passes ? " is one of: " : " is none of: ")
        + ExplanationText.list(wanted)
        + (passes ? "" : ExplanationText.hint(wanted, value));
  }

  private static String anyOf(SortedStrings wanted, List<String> values, boolean passes) {
    return passes
        ? "has " + ExplanationText.list(values.stream().filter(wanted::contains).toList())
        : ExplanationText.list(values)
            + ": none of: "
            + ExplanationText.list(wanted)
            + ExplanationText.hint(wanted, values.get(0));
  }

  private static String allOf(SortedStrings wanted, List<String> values) {
    Predicate<String> present = new HashSet<>(values)::contains;
    List<String> missing = wanted.stream().filter(present.negate()).toList();
    return missing.isEmpty()
        ? "has all of: " + ExplanationText.list(wanted)
        : "lacks " + ExplanationText.list(missing) + ExplanationText.hint(values, missing.get(0));
  }
}
