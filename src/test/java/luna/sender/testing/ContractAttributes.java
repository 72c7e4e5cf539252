package luna.sender.testing;

import java.util.List;
import luna.sender.event.Attributes;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute;
import luna.sender.filter.FilterParameter;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an event that the filters of {@code openapi.yaml} test, by name.
 *
 * <p>Shape: null, {@link #ABSENT}, {@code NaN} or an empty list if the event lacks the attribute.
 */
public record ContractAttributes(
    @Nullable String source,
    List<String> labels,
    double topSimilarity,
    double age,
    int gender,
    int ethnicGroup,
    int liveness,
    int mask,
    int emotion,
    List<String> tags,
    @Nullable String city,
    @Nullable String area,
    @Nullable String district,
    @Nullable String street,
    @Nullable String houseNumber,
    @Nullable String handlerId) {

  public static final int ABSENT = -1;

  /** Of an event without any fields that filters read. */
  public static final ContractAttributes NONE = of(TestEvents.NOTHING);

  public static ContractAttributes of(Attributes attributes) {
    return new ContractAttributes(
        text(attributes, "sources"),
        texts(attributes, "matching_candidates_labels"),
        attributes.number(attribute("object_similarity__gte").slot()),
        attributes.number(attribute("age__gte").slot()),
        code(attributes, "gender"),
        code(attributes, "ethnic_groups"),
        code(attributes, "liveness"),
        code(attributes, "masks"),
        code(attributes, "emotions"),
        texts(attributes, "tags"),
        text(attributes, "cities"),
        text(attributes, "areas"),
        text(attributes, "districts"),
        text(attributes, "streets"),
        text(attributes, "house_numbers"),
        text(attributes, "handler_ids"));
  }

  /** Returns the attribute that a filter tests. */
  public static EventAttribute attribute(String filter) {
    for (FilterParameter parameter : TestContract.FILTERS.parameters()) {
      if (parameter.name().equals(filter)) {
        return parameter.attribute().event();
      }
    }
    throw new IllegalArgumentException(filter + " (expected: a filter)");
  }

  private static List<String> texts(Attributes attributes, String filter) {
    return attributes.texts(attribute(filter).slot());
  }

  private static @Nullable String text(Attributes attributes, String filter) {
    List<String> texts = texts(attributes, filter);
    return texts.isEmpty() ? null : texts.get(0);
  }

  private static int code(Attributes attributes, String filter) {
    EventAttribute attribute = attribute(filter);
    long mask = attributes.codes(attribute.slot());
    CodeNames names = attribute.codes();
    return mask == 0 || names == null ? ABSENT : names.number(Long.numberOfTrailingZeros(mask));
  }
}
