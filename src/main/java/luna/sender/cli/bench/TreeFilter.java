package luna.sender.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.event.CodeNames;
import luna.sender.event.EventAttribute;
import luna.sender.filter.FilterParameter;

/**
 * Evaluates a client's query on the JSON tree of a message, by the definitions of the contract.
 * Shares no code with the service's parser and filters, so it is an independent check.
 */
public final class TreeFilter {
  private static final String EACH = "[]";

  private final List<FilterParameter> parameters;
  private final JsonObject query;

  /**
   * @param parameters the filters of the contract
   * @param query names and values as the contract types them; other names are ignored
   */
  public TreeFilter(Collection<FilterParameter> parameters, JsonObject query) {
    this.parameters =
        parameters.stream().filter(parameter -> query.containsKey(parameter.name())).toList();
    this.query = query;
  }

  JsonObject query() {
    return query;
  }

  /**
   * Returns whether the filter passes the event.
   *
   * @param message with the event under {@code event}
   */
  public boolean passes(JsonNode message) {
    return parameters.stream().allMatch(parameter -> passes(parameter, message));
  }

  private boolean passes(FilterParameter parameter, JsonNode message) {
    EventAttribute attribute = parameter.attribute().event();
    List<JsonNode> values = new ArrayList<>();
    collect(message, steps(attribute.path()), required(attribute), values);
    JsonArray wanted =
        query.getValue(parameter.name()) instanceof JsonArray list
            ? list
            : JsonArray.of(query.getValue(parameter.name()));
    return switch (parameter.kind()) {
      case ANY_OF -> texts(attribute, values).anyMatch(texts(attribute, wanted)::contains);
      case ALL_OF ->
          texts(attribute, values)
              .collect(HashSet::new, Set::add, Set::addAll)
              .containsAll(texts(attribute, wanted));
      case CODE, CODES ->
          TreeFilter.<Integer>chosen(
                  attribute, values.stream().flatMap(value -> codes(attribute, value)))
              .anyMatch(wanted::contains);
      case GTE -> number(attribute, values) >= ((Number) wanted.getValue(0)).doubleValue();
      case LT -> number(attribute, values) < ((Number) wanted.getValue(0)).doubleValue();
    };
  }

  private static Set<String> texts(EventAttribute attribute, JsonArray wanted) {
    Set<String> texts = new HashSet<>();
    wanted.forEach(text -> texts.add(folded(attribute, (String) text)));
    return texts;
  }

  private static Stream<String> texts(EventAttribute attribute, List<JsonNode> values) {
    return TreeFilter.<String>chosen(
        attribute,
        values.stream()
            .filter(JsonNode::isTextual)
            .map(value -> folded(attribute, value.textValue())));
  }

  private static String folded(EventAttribute attribute, String text) {
    return attribute.type() == EventAttribute.Type.UUID ? text.toLowerCase(Locale.ROOT) : text;
  }

  private static Stream<Integer> codes(EventAttribute attribute, JsonNode value) {
    CodeNames codes = attribute.codes();
    return codes == null
        ? Stream.of()
        : IntStream.range(0, codes.size())
            .filter(
                i ->
                    codes.name(i).equals(value.textValue())
                        || (value.isNumber() && value.doubleValue() == codes.number(i)))
            .mapToObj(codes::number);
  }

  private static double number(EventAttribute attribute, List<JsonNode> values) {
    return TreeFilter.<Double>chosen(
            attribute,
            values.stream()
                .filter(JsonNode::isNumber)
                .map(JsonNode::doubleValue)
                .filter(number -> !Double.isInfinite(number)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Returns the values that count. */
  private static <T extends Comparable<T>> Stream<T> chosen(
      EventAttribute attribute, Stream<T> values) {
    List<T> all = values.toList();
    if (all.isEmpty()) {
      return Stream.of();
    }
    return switch (attribute.aggregate()) {
      case ALL -> all.stream();
      case FIRST -> Stream.of(all.get(0));
      case LAST -> Stream.of(all.get(all.size() - 1));
      case HIGHEST -> Stream.of(all.stream().max(T::compareTo).orElseThrow());
      case LOWEST -> Stream.of(all.stream().min(T::compareTo).orElseThrow());
    };
  }

  /** Returns the keys of a path, and {@code []} for the elements of an array. */
  private static List<String> steps(String path) {
    return List.of(path.replace(EACH, "." + EACH).split("\\.", -1));
  }

  private static List<String> required(EventAttribute attribute) {
    String requires = attribute.requires();
    return requires == null ? List.of() : steps(requires);
  }

  /**
   * Collects the values at the end of a path.
   *
   * @param required the rest of the path at which an object must be, in the same element of the
   *     last array that both paths share; empty if there is no such condition any more
   */
  private static void collect(
      JsonNode node, List<String> path, List<String> required, List<JsonNode> values) {
    if (path.isEmpty()) {
      values.add(node);
      return;
    }
    String step = path.get(0);
    List<String> rest = path.subList(1, path.size());
    boolean shared = !required.isEmpty() && required.get(0).equals(step);
    List<String> restRequired = shared ? required.subList(1, required.size()) : required;
    if (!step.equals(EACH)) {
      if (node.isObject() && node.has(step)) {
        collect(node.get(step), rest, restRequired, values);
      }
      return;
    }
    boolean last = shared && !sharesElement(rest, restRequired);
    for (JsonNode element : node.isArray() ? node : List.<JsonNode>of()) {
      if (!last) {
        collect(element, rest, restRequired, values);
      } else {
        List<JsonNode> objects = new ArrayList<>();
        collect(element, restRequired, List.of(), objects);
        if (objects.stream().anyMatch(JsonNode::isObject)) {
          collect(element, rest, List.of(), values);
        }
      }
    }
  }

  /** Returns whether two paths go through the same array. */
  private static boolean sharesElement(List<String> one, List<String> other) {
    for (int i = 0; i < one.size() && i < other.size() && one.get(i).equals(other.get(i)); i++) {
      if (one.get(i).equals(EACH)) {
        return true;
      }
    }
    return false;
  }
}
