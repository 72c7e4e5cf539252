package luna.sender.filter;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;

/**
 * An event attribute that filters can have a clause on. Detects such clauses and creates the
 * postings that index them.
 */
enum IndexedAttribute {
  SOURCE(EventFilter::sources, one(Attributes::source)),
  HANDLER(EventFilter::handlerIds, one(Attributes::handlerId)),
  LABEL(EventFilter::labels, Attributes::labels),
  CITY(EventFilter::cities, one(Attributes::city)),
  AREA(EventFilter::areas, one(Attributes::area)),
  DISTRICT(EventFilter::districts, one(Attributes::district)),
  STREET(EventFilter::streets, one(Attributes::street)),
  HOUSE_NUMBER(EventFilter::houseNumbers, one(Attributes::houseNumber)),
  TAG(
      filter -> filter.tags() != null,
      () -> new ValuePostings(filter -> required(filter.tags()), Attributes::tags, true)),
  GENDER(EventFilter::gender, Attributes::gender),
  ETHNIC_GROUP(EventFilter::ethnicGroups, Attributes::ethnicGroup),
  LIVENESS(EventFilter::liveness, Attributes::liveness),
  MASK(EventFilter::masks, Attributes::mask),
  EMOTION(EventFilter::emotions, Attributes::emotion),
  AGE(
      filter -> filter.age().bounded(),
      () -> new RangePostings(EventFilter::age, Attributes::age, 1)),
  SIMILARITY(
      filter -> filter.similarity().bounded(),
      () -> new RangePostings(EventFilter::similarity, Attributes::topSimilarity, 100));

  private static final IndexedAttribute[] ALL = values();

  private final Predicate<EventFilter> hasClause;
  private final Supplier<Postings> postings;

  IndexedAttribute(Predicate<EventFilter> hasClause, Supplier<Postings> postings) {
    this.hasClause = hasClause;
    this.postings = postings;
  }

  IndexedAttribute(
      Function<EventFilter, @Nullable SortedStrings> wanted,
      Function<Attributes, List<String>> actual) {
    this(
        filter -> wanted.apply(filter) != null,
        () -> new ValuePostings(filter -> required(wanted.apply(filter)), actual, false));
  }

  IndexedAttribute(ToIntFunction<EventFilter> wanted, ToIntFunction<Attributes> actual) {
    this(
        filter -> wanted.applyAsInt(filter) != EventFilter.ANY,
        () -> new CodePostings(wanted, actual));
  }

  /** Returns the attributes that a filter has clauses on, one bit each. */
  static int shape(EventFilter filter) {
    int shape = 0;
    for (IndexedAttribute attribute : ALL) {
      if (attribute.hasClause.test(filter)) {
        shape |= 1 << attribute.ordinal();
      }
    }
    return shape;
  }

  /** Creates new postings for each attribute of a shape. */
  static Postings[] postings(int shape) {
    Postings[] postings = new Postings[Integer.bitCount(shape)];
    int count = 0;
    for (IndexedAttribute attribute : ALL) {
      if ((shape & 1 << attribute.ordinal()) != 0) {
        postings[count++] = attribute.postings.get();
      }
    }
    return postings;
  }

  private static Function<Attributes, List<String>> one(
      Function<Attributes, @Nullable String> actual) {
    return attributes -> {
      String value = actual.apply(attributes);
      return value == null ? List.of() : List.of(value);
    };
  }

  private static SortedStrings required(@Nullable SortedStrings values) {
    return Objects.requireNonNull(values);
  }
}
