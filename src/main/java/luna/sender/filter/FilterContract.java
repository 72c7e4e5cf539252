package luna.sender.filter;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute.Type;
import luna.sender.event.EventSchema;
import luna.sender.filter.FilterParameter.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The filters that the contract defines: the only place that says which there are, where they look
 * in an event, and how they compare.
 *
 * <p>Shape: each query parameter of operation {@code ws} that has {@code x-event-field} is a
 * filter. The manual's section "Where a filter looks" describes the keywords.
 *
 * <p>See: {@link FilterContractReader} reads it.
 *
 * <p>Errors: {@link #of} throws {@link IllegalArgumentException} with the parameter and the keyword
 * that is wrong.
 *
 * <p>Owner: immutable.
 */
public final class FilterContract {
  private final List<FilterParameter> parameters;

  /** In the order in which their conditions are tested. */
  private final List<FilterAttribute> attributes;

  private final EventSchema events;

  FilterContract(
      List<FilterParameter> parameters, List<FilterAttribute> attributes, EventSchema events) {
    this.parameters = List.copyOf(parameters);
    // An event rarely has one of the texts that a filter lists. So most events are ruled out there.
    this.attributes =
        attributes.stream()
            .sorted(Comparator.comparing((FilterAttribute each) -> each.event().type()))
            .toList();
    this.events = events;
  }

  /** Reads the filters of an OpenAPI document. */
  public static FilterContract of(JsonObject document) {
    return new FilterContractReader(document).read();
  }

  /** Returns the filters in the order of the contract. */
  public List<FilterParameter> parameters() {
    return parameters;
  }

  /** Returns the filters by name: where each one looks and how it compares. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    parameters.forEach(parameter -> json.put(parameter.name(), parameter.toJson()));
    return json;
  }

  /** Returns the attributes that events need for these filters. */
  public EventSchema events() {
    return events;
  }

  /**
   * Compiles a query.
   *
   * @param query parameter names and values as the contract types them: a number, a string, or an
   *     array of strings or integers; names that are not filters are ignored
   */
  public EventFilter filter(JsonObject query) {
    List<Condition> conditions = new ArrayList<>();
    for (FilterAttribute attribute : attributes) {
      Condition condition = condition(attribute, query);
      if (condition != null) {
        conditions.add(condition);
      }
    }
    return EventFilter.of(conditions);
  }

  private static @Nullable Condition condition(FilterAttribute attribute, JsonObject query) {
    if (attribute.event().type() == Type.NUMBER) {
      double gte = Double.NEGATIVE_INFINITY;
      double lt = Double.POSITIVE_INFINITY;
      for (FilterParameter parameter : attribute.parameters()) {
        Number bound = query.getNumber(parameter.name());
        if (bound != null && parameter.kind() == Kind.GTE) {
          gte = bound.doubleValue();
        } else if (bound != null) {
          lt = bound.doubleValue();
        }
      }
      boolean open = Double.isInfinite(gte) && Double.isInfinite(lt);
      return open ? null : new Condition.Range(attribute, gte, lt);
    }
    Object value = query.getValue(attribute.parameters().get(0).name());
    if (value == null) {
      return null;
    }
    JsonArray list = value instanceof JsonArray array ? array : JsonArray.of(value);
    CodeNames names = attribute.event().codes();
    return names == null ? texts(attribute, list) : codes(attribute, list, names);
  }

  private static Condition texts(FilterAttribute attribute, JsonArray list) {
    boolean lowerCase = attribute.event().type() == Type.UUID;
    List<String> texts = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      String text = list.getString(i);
      texts.add(lowerCase ? text.toLowerCase(Locale.ROOT) : text);
    }
    return new Condition.Texts(attribute, SortedStrings.of(texts));
  }

  private static Condition codes(FilterAttribute attribute, JsonArray list, CodeNames names) {
    long codes = 0;
    for (int i = 0; i < list.size(); i++) {
      codes |= names.mask(list.getInteger(i));
    }
    return new Condition.Codes(attribute, codes);
  }
}
