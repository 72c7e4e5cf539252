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
 * which must all be present. Strings compare exactly and with case; handler ids are UUIDs and
 * compare without. {@code __gte} is inclusive, {@code __lt} exclusive. An event without the
 * attribute does not pass a clause on it.
 *
 * <p>Errors: none; what can be wrong with a query was refused by the contract.
 *
 * <p>Owner: immutable. Two filters of the same values are equal, whatever their order in the query.
 *
 * <p>Source: the parameters of operation {@code ws} in {@code openapi.yaml}.
 */
public record EventFilter(
    @Nullable TextSet sources,
    @Nullable TextSet labels,
    Range similarity,
    Range age,
    int gender,
    int ethnicGroups,
    int liveness,
    int masks,
    int emotions,
    @Nullable TextSet tags,
    @Nullable TextSet cities,
    @Nullable TextSet areas,
    @Nullable TextSet districts,
    @Nullable TextSet streets,
    @Nullable TextSet houseNumbers,
    @Nullable TextSet handlerIds) {

  /** A set of small codes in which every code is allowed: the client did not ask. */
  static final int ANY = 0;

  /** So many tags are looked for one after the other. */
  private static final int FEW = 8;

  /** Of an entry, and of a shape that has no other. */
  private static final int ENTRY_BYTES = 2048;

  /** Of the bitmaps that two bounds divide. */
  private static final int RANGE_BYTES = 1024;

  /** Of a text's cells in two tables, or of a bitmap that it begins to need. */
  private static final int CELL_BYTES = 64;

  /** Passes every event. */
  public static final EventFilter ALL = of(new JsonObject());

  /**
   * A half-open range, or no condition at all.
   *
   * @param gte inclusive, {@code -Infinity} if not given
   * @param lt exclusive, {@code +Infinity} if not given
   * @param asked whether the client gave at least one bound
   */
  public record Range(double gte, double lt, boolean asked) {
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
      return !asked || (reaches(value) && staysBelow(value));
    }

    /** An absent value is {@code NaN}, which is neither above nor below a bound. */
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
   * @param query name to value as the contract types them: number, or array of strings or integers;
   *     names that are no filters are ignored
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

  /** Whether the client wants this event; costs as much as the clauses that it gave. */
  public boolean matches(Event event) {
    Attributes a = event.attributes();
    return code(gender, a.gender())
        && code(ethnicGroups, a.ethnicGroup())
        && code(liveness, a.liveness())
        && code(masks, a.mask())
        && code(emotions, a.emotion())
        && age.contains(a.age())
        && similarity.contains(a.topSimilarity())
        && one(sources, a.source())
        && one(handlerIds, a.handlerId())
        && one(cities, a.city())
        && one(areas, a.area())
        && one(districts, a.district())
        && one(streets, a.street())
        && one(houseNumbers, a.houseNumber())
        && any(labels, a.labels())
        && all(tags, a.tags());
  }

  /**
   * Whether the clauses hold that {@link FilterIndex} finds only nearly: bounds, and tags that must
   * be there together.
   */
  boolean confirms(Attributes a) {
    return age.contains(a.age())
        && similarity.contains(a.topSimilarity())
        && (tags == null || tags.size() == 1 || all(tags, a.tags()));
  }

  static boolean code(int wanted, int actual) {
    return wanted == ANY || (actual != Attributes.ABSENT && (wanted & 1 << actual) != 0);
  }

  static boolean one(@Nullable Set<String> wanted, @Nullable String actual) {
    return wanted == null || (actual != null && wanted.contains(actual));
  }

  static boolean any(@Nullable Set<String> wanted, List<String> actual) {
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

  static boolean all(@Nullable Set<String> wanted, List<String> actual) {
    if (wanted == null) {
      return true;
    }
    // A thousand tags in a list of 200,000 would take a second.
    return wanted.size() > FEW
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

  private static @Nullable TextSet strings(JsonObject query, String name) {
    JsonArray values = query.getJsonArray(name);
    if (values == null) {
      return null;
    }
    List<String> strings = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      strings.add(values.getString(i));
    }
    return TextSet.of(strings);
  }

  private static @Nullable TextSet lowerCase(@Nullable TextSet values) {
    return values == null
        ? null
        : TextSet.of(values.stream().map(value -> value.toLowerCase(Locale.ROOT)).toList());
  }

  private List<TextSet> lists() {
    return Stream.of(
            sources, labels, tags, cities, areas, districts, streets, houseNumbers, handlerIds)
        .<TextSet>mapMulti(
            (list, next) -> {
              if (list != null) {
                next.accept(list);
              }
            })
        .toList();
  }

  /** How many texts the client has listed. */
  public int textCount() {
    return lists().stream().mapToInt(TextSet::size).sum();
  }

  void forEachText(Consumer<String> each) {
    lists().forEach(list -> list.forEach(each));
  }

  /** This filter with each text replaced by an equal one. */
  EventFilter share(UnaryOperator<String> equal) {
    return new EventFilter(
        shared(sources, equal),
        shared(labels, equal),
        similarity,
        age,
        gender,
        ethnicGroups,
        liveness,
        masks,
        emotions,
        shared(tags, equal),
        shared(cities, equal),
        shared(areas, equal),
        shared(districts, equal),
        shared(streets, equal),
        shared(houseNumbers, equal),
        shared(handlerIds, equal));
  }

  private static @Nullable TextSet shared(@Nullable TextSet texts, UnaryOperator<String> equal) {
    return texts == null ? null : texts.share(equal);
  }

  /**
   * About how much memory an index takes for this filter if it shares nothing with another one,
   * some more rather than less.
   */
  public long estimatedBytes() {
    long bytes = ENTRY_BYTES + bytes();
    bytes += (similarity.asked ? RANGE_BYTES : 0) + (age.asked ? RANGE_BYTES : 0);
    for (TextSet list : lists()) {
      for (String text : list) {
        bytes += HeapSizes.text(text) + CELL_BYTES;
      }
    }
    return bytes;
  }

  /** Memory of this object, without its texts. */
  long bytes() {
    long bytes = HeapSizes.object(11L * HeapSizes.REFERENCE + 5 * Integer.BYTES);
    bytes += similarity.asked ? HeapSizes.object(20) : 0;
    bytes += age.asked ? HeapSizes.object(20) : 0;
    for (TextSet list : lists()) {
      bytes += HeapSizes.object(8) + HeapSizes.references(list.size());
    }
    return bytes;
  }
}
