package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import luna.sender.event.Attributes;
import luna.sender.filter.EventFilter.Range;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates one clause with the predicates of {@link EventFilter#matches} and explains the result.
 */
sealed interface Condition {
  /** Returns the value in the filter as JSON, or null if the filter has no such clause. */
  @Nullable Object wanted(EventFilter filter);

  /** Returns the value in the event as JSON, or null if the event has none. */
  @Nullable Object value(Attributes attributes);

  boolean passes(EventFilter filter, Attributes attributes);

  /** Returns one sentence for people that explains the result. */
  String reason(EventFilter filter, Attributes attributes);

  /**
   * One end of a range.
   *
   * @param lower whether it is the lower bound, which is inclusive
   */
  record Bound(
      String noun,
      boolean lower,
      Function<EventFilter, Range> wanted,
      ToDoubleFunction<Attributes> actual)
      implements Condition {
    @Override
    public @Nullable Object wanted(EventFilter filter) {
      double bound = lower ? wanted.apply(filter).gte() : wanted.apply(filter).lt();
      return Double.isInfinite(bound) ? null : ExplanationText.number(bound);
    }

    @Override
    public @Nullable Object value(Attributes attributes) {
      return ExplanationText.number(actual.applyAsDouble(attributes));
    }

    @Override
    public boolean passes(EventFilter filter, Attributes attributes) {
      Range range = wanted.apply(filter);
      double value = actual.applyAsDouble(attributes);
      return lower ? range.reaches(value) : range.staysBelow(value);
    }

    @Override
    public String reason(EventFilter filter, Attributes attributes) {
      Object value = value(attributes);
      if (value == null) {
        return ExplanationText.missing(noun);
      }
      boolean passes = passes(filter, attributes);
      String compared =
          lower
              ? (passes ? " is at least " : " is less than ")
              : (passes ? " is less than " : " is not less than ");
      return value + compared + wanted(filter);
    }
  }

  /**
   * A named code that must be in a list.
   *
   * @param single whether the query has one number instead of a list
   */
  record CodeOf(
      String noun,
      IntFunction<String> name,
      boolean single,
      ToIntFunction<EventFilter> wanted,
      ToIntFunction<Attributes> actual)
      implements Condition {
    @Override
    public @Nullable Object wanted(EventFilter filter) {
      JsonArray codes = codes(filter);
      if (codes.isEmpty()) {
        return null;
      }
      return single ? codes.getInteger(0) : codes;
    }

    @Override
    public @Nullable Object value(Attributes attributes) {
      int code = actual.applyAsInt(attributes);
      return code == Attributes.ABSENT ? null : code;
    }

    @Override
    public boolean passes(EventFilter filter, Attributes attributes) {
      return EventFilter.matchesCode(wanted.applyAsInt(filter), actual.applyAsInt(attributes));
    }

    @Override
    public String reason(EventFilter filter, Attributes attributes) {
      int code = actual.applyAsInt(attributes);
      if (code == Attributes.ABSENT) {
        return ExplanationText.missing(noun);
      }
      String names =
          codes(filter).stream()
              .map(wanted -> name.apply((Integer) wanted))
              .collect(Collectors.joining(", "));
      return name.apply(code)
          + (passes(filter, attributes) ? " is one of: " : " is none of: ")
          + names;
    }

    private JsonArray codes(EventFilter filter) {
      int wantedCodes = wanted.applyAsInt(filter);
      JsonArray codes = new JsonArray();
      for (int code = 0; code < Integer.SIZE; code++) {
        if ((wantedCodes & 1 << code) != 0) {
          codes.add(code);
        }
      }
      return codes;
    }
  }

  /** A string that must be in a list. */
  record OneOf(
      String noun,
      Function<EventFilter, @Nullable Set<String>> wanted,
      Function<Attributes, @Nullable String> actual)
      implements Condition {
    @Override
    public @Nullable Object wanted(EventFilter filter) {
      return ExplanationText.array(wanted.apply(filter));
    }

    @Override
    public @Nullable Object value(Attributes attributes) {
      return actual.apply(attributes);
    }

    @Override
    public boolean passes(EventFilter filter, Attributes attributes) {
      return EventFilter.containsValue(wanted.apply(filter), actual.apply(attributes));
    }

    @Override
    public String reason(EventFilter filter, Attributes attributes) {
      String value = actual.apply(attributes);
      if (value == null) {
        return ExplanationText.missing(noun);
      }
      Set<String> texts = Objects.requireNonNull(wanted.apply(filter));
      return passes(filter, attributes)
          ? ExplanationText.quoted(value) + " is one of: " + ExplanationText.list(texts)
          : ExplanationText.quoted(value)
              + " is none of: "
              + ExplanationText.list(texts)
              + ExplanationText.hint(texts, value);
    }
  }

  /** Several strings, at least one of which must be in a list. */
  record AnyOf(
      String noun,
      Function<EventFilter, @Nullable Set<String>> wanted,
      Function<Attributes, List<String>> actual)
      implements Condition {
    @Override
    public @Nullable Object wanted(EventFilter filter) {
      return ExplanationText.array(wanted.apply(filter));
    }

    @Override
    public @Nullable Object value(Attributes attributes) {
      List<String> texts = actual.apply(attributes);
      return texts.isEmpty() ? null : new JsonArray(texts);
    }

    @Override
    public boolean passes(EventFilter filter, Attributes attributes) {
      return EventFilter.containsAny(wanted.apply(filter), actual.apply(attributes));
    }

    @Override
    public String reason(EventFilter filter, Attributes attributes) {
      List<String> values = actual.apply(attributes);
      if (values.isEmpty()) {
        return ExplanationText.missing(noun);
      }
      Set<String> texts = Objects.requireNonNull(wanted.apply(filter));
      if (passes(filter, attributes)) {
        return "has " + ExplanationText.list(values.stream().filter(texts::contains).toList());
      }
      return ExplanationText.list(values)
          + ": none of: "
          + ExplanationText.list(texts)
          + ExplanationText.hint(texts, values.get(0));
    }
  }

  /** Several strings, which must include the whole list. */
  record AllOf(
      String noun,
      Function<EventFilter, @Nullable Set<String>> wanted,
      Function<Attributes, List<String>> actual)
      implements Condition {
    @Override
    public @Nullable Object wanted(EventFilter filter) {
      return ExplanationText.array(wanted.apply(filter));
    }

    @Override
    public @Nullable Object value(Attributes attributes) {
      List<String> texts = actual.apply(attributes);
      return texts.isEmpty() ? null : new JsonArray(texts);
    }

    @Override
    public boolean passes(EventFilter filter, Attributes attributes) {
      return EventFilter.containsAll(wanted.apply(filter), actual.apply(attributes));
    }

    @Override
    public String reason(EventFilter filter, Attributes attributes) {
      List<String> values = actual.apply(attributes);
      if (values.isEmpty()) {
        return ExplanationText.missing(noun);
      }
      Set<String> texts = Objects.requireNonNull(wanted.apply(filter));
      Predicate<String> present = new HashSet<>(values)::contains;
      List<String> missing = texts.stream().filter(present.negate()).sorted().toList();
      return missing.isEmpty()
          ? "has all of: " + ExplanationText.list(texts)
          : "lacks " + ExplanationText.list(missing) + ExplanationText.hint(values, missing.get(0));
    }
  }
}
