package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import luna.sender.event.Attributes;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * One client's filter, compiled from its validated query.
 *
 * <p>Shape: clauses combine by AND. The values of one list combine by OR, except {@code tags},
 * which must all be present. Strings compare exactly and case-sensitively. Handler ids are UUIDs
 * and compare case-insensitively. {@code __gte} is inclusive, {@code __lt} exclusive. An event
 * without the attribute does not pass a clause on it.
 *
 * <p>See: {@link Clause} explains the result of each parameter, for {@code api.ExplainHandler}.
 *
 * <p>See: {@link #matches} is not on the delivery path; only {@code POST /explain} calls it.
 * Delivery evaluates all filters of an account at once: {@link FilterIndex#match}, {@link
 * FilterGroup#match}, then {@link Postings#find} of each attribute, such as {@link CodePostings}.
 * {@code FilterIndexPropertyTest} checks that both agree.
 *
 * <p>Errors: none; the contract has already rejected invalid queries.
 *
 * <p>Two filters with the same values are equal, whatever their order in the query.
 *
 * <p>Source: the parameters of operation {@code ws} in {@code openapi.yaml}.
 */
public record EventFilter(
    @Nullable SortedStrings sources,
    @Nullable SortedStrings labels,
    Range similarity,
    Range age,
    int gender,
    int ethnicGroups,
    int liveness,
    int masks,
    int emotions,
    @Nullable SortedStrings tags,
    @Nullable SortedStrings cities,
    @Nullable SortedStrings areas,
    @Nullable SortedStrings districts,
    @Nullable SortedStrings streets,
    @Nullable SortedStrings houseNumbers,
    @Nullable SortedStrings handlerIds) {

  /** The code set of a client that gave no list: every code passes. */
  static final int ANY = 0;

  /** Up to this many tags are searched linearly; more are searched with a hash set. */
  private static final int LINEAR_TAGS_LIMIT = 8;

  /** Memory of an index entry, and of its own {@link FilterGroup} in the worst case. */
  private static final int ENTRY_BYTES = 2048;

  /** Memory of the bitmaps that two bounds add to {@link RangePostings}. */
  private static final int RANGE_BYTES = 1024;

  /** Memory that one string of a list adds to the tables of the index. */
  private static final int CELL_BYTES = 64;

  /** A filter that passes every event. */
  public static final EventFilter ALL = of(new JsonObject());

  /**
   * A half-open range, or no condition at all.
   *
   * @param gte inclusive, {@code -Infinity} if not given
   * @param lt exclusive, {@code +Infinity} if not given
   * @param bounded whether the client gave at least one bound
   */
  public record Range(double gte, double lt, boolean bounded) {
    private static final Range NONE =
        new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, false);

    static Range of(@Nullable Number gte, @Nullable Number lt) {
      return gte == null && lt == null
          ? NONE
          : new Range(
              gte == null ? NONE.gte : gte.doubleValue(),
              lt == null ? NONE.lt : lt.doubleValue(),
              true);
    }

    boolean contains(double value) {
      return !bounded || (reaches(value) && staysBelow(value));
    }

    /**
     * Returns whether the value is at or above the lower bound. An absent value is {@code NaN},
     * which is neither above nor below any bound.
     */
    boolean reaches(double value) {
      return value >= gte;
    }

    boolean staysBelow(double value) {
      return value < lt;
    }
  }

  /**
   * Compiles a query.
   *
   * @param query parameter names and values as the contract types them: a number, or an array of
   *     strings or integers; names that are not filters are ignored
   */
  public static EventFilter of(JsonObject query) {
    return new EventFilter(
        strings(query, "sources"),
        strings(query, "matching_candidates_labels"),
        Range.of(
            query.getNumber("object_similarity__gte"), query.getNumber("object_similarity__lt")),
        Range.of(query.getNumber("age__gte"), query.getNumber("age__lt")),
        query.getValue("gender") instanceof Number code ? 1 << code.intValue() : ANY,
        codes(query, "ethnic_groups"),
        codes(query, "liveness"),
        codes(query, "masks"),
        codes(query, "emotions"),
        strings(query, "tags"),
        strings(query, "cities"),
        strings(query, "areas"),
        strings(query, "districts"),
        strings(query, "streets"),
        strings(query, "house_numbers"),
        lowerCase(strings(query, "handler_ids")));
  }

  /**
   * Returns whether the event passes this filter. For explanations; delivery uses {@link
   * FilterIndex}.
   */
  public boolean matches(Event event) {
    Attributes a = event.attributes();
    return matchesCode(gender, a.gender())
        && matchesCode(ethnicGroups, a.ethnicGroup())
        && matchesCode(liveness, a.liveness())
        && matchesCode(masks, a.mask())
        && matchesCode(emotions, a.emotion())
        && age.contains(a.age())
        && similarity.contains(a.topSimilarity())
        && containsValue(sources, a.source())
        && containsValue(handlerIds, a.handlerId())
        && containsValue(cities, a.city())
        && containsValue(areas, a.area())
        && containsValue(districts, a.district())
        && containsValue(streets, a.street())
        && containsValue(houseNumbers, a.houseNumber())
        && containsAny(labels, a.labels())
        && containsAll(tags, a.tags());
  }

  /**
   * Rechecks the clauses for which {@link FilterIndex} can return false candidates: bounds, and
   * several tags that must all be present.
   */
  boolean confirms(Attributes a) {
    return age.contains(a.age())
        && similarity.contains(a.topSimilarity())
        && (tags == null || tags.size() == 1 || containsAll(tags, a.tags()));
  }

  static boolean matchesCode(int wanted, int actual) {
    return wanted == ANY || (actual != Attributes.ABSENT && (wanted & 1 << actual) != 0);
  }

  static boolean containsValue(@Nullable Set<String> wanted, @Nullable String actual) {
    return wanted == null || (actual != null && wanted.contains(actual));
  }

  static boolean containsAny(@Nullable Set<String> wanted, List<String> actual) {
    if (wanted == null) {
      return true;
    }
    for (String value : actual) {
      if (wanted.contains(value)) {
        return true;
      }
    }
    return false;
  }

  static boolean containsAll(@Nullable Set<String> wanted, List<String> actual) {
    if (wanted == null) {
      return true;
    }
    // Searching 1,000 tags linearly in a list of 200,000 would take a second.
    return wanted.size() > LINEAR_TAGS_LIMIT
        ? new HashSet<>(actual).containsAll(wanted)
        : actual.containsAll(wanted);
  }

  private static int codes(JsonObject query, String name) {
    JsonArray values = query.getJsonArray(name);
    int codes = ANY;
    for (int i = 0; values != null && i < values.size(); i++) {
      codes |= 1 << values.getInteger(i);
    }
    return codes;
  }

  private static @Nullable SortedStrings strings(JsonObject query, String name) {
    JsonArray values = query.getJsonArray(name);
    if (values == null) {
      return null;
    }
    List<String> strings = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      strings.add(values.getString(i));
    }
    return SortedStrings.of(strings);
  }

  private static @Nullable SortedStrings lowerCase(@Nullable SortedStrings values) {
    return values == null
        ? null
        : SortedStrings.of(values.stream().map(value -> value.toLowerCase(Locale.ROOT)).toList());
  }

  private List<SortedStrings> lists() {
    return Stream.of(
            sources, labels, tags, cities, areas, districts, streets, houseNumbers, handlerIds)
        .<SortedStrings>mapMulti(
            (list, next) -> {
              if (list != null) {
                next.accept(list);
              }
            })
        .toList();
  }

  /** Returns the number of strings in the client's lists. */
  public int textCount() {
    return lists().stream().mapToInt(SortedStrings::size).sum();
  }

  void forEachText(Consumer<String> each) {
    lists().forEach(list -> list.forEach(each));
  }

  /** Returns this filter with each string replaced by an equal instance. */
  EventFilter intern(UnaryOperator<String> interner) {
    return new EventFilter(
        interned(sources, interner),
        interned(labels, interner),
        similarity,
        age,
        gender,
        ethnicGroups,
        liveness,
        masks,
        emotions,
        interned(tags, interner),
        interned(cities, interner),
        interned(areas, interner),
        interned(districts, interner),
        interned(streets, interner),
        interned(houseNumbers, interner),
        interned(handlerIds, interner));
  }

  private static @Nullable SortedStrings interned(
      @Nullable SortedStrings texts, UnaryOperator<String> interner) {
    return texts == null ? null : texts.intern(interner);
  }

  /**
   * Estimates the memory that an index needs for this filter if it shares nothing with other
   * filters. The estimate errs on the high side.
   */
  public long estimatedBytes() {
    long bytes = ENTRY_BYTES + bytes();
    bytes += (similarity.bounded ? RANGE_BYTES : 0) + (age.bounded ? RANGE_BYTES : 0);
    for (SortedStrings list : lists()) {
      for (String text : list) {
        bytes += HeapSizes.text(text) + CELL_BYTES;
      }
    }
    return bytes;
  }

  /** Returns the memory of this object, without its strings. */
  long bytes() {
    long bytes = HeapSizes.object(11L * HeapSizes.REFERENCE + 5 * Integer.BYTES);
    bytes += similarity.bounded ? HeapSizes.object(20) : 0;
    bytes += age.bounded ? HeapSizes.object(20) : 0;
    for (SortedStrings list : lists()) {
      bytes += HeapSizes.object(8) + HeapSizes.references(list.size());
    }
    return bytes;
  }
}
