package luna.sender.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Deserializes one value of the configuration without Jackson's conversions.
 *
 * <p>Errors: {@code JsonMappingException} with {@code value (expected: ...)}; Jackson adds the
 * path.
 */
final class StrictDeserializer<T> extends StdScalarDeserializer<T> {
  private final transient Function<JsonNode, @Nullable T> reader;
  private final String expected;

  private StrictDeserializer(
      Class<T> type, String expected, Function<JsonNode, @Nullable T> reader) {
    super(type);
    this.expected = expected;
    this.reader = reader;
  }

  static StrictDeserializer<Integer> integer() {
    return new StrictDeserializer<>(Integer.class, "an integer", StrictDeserializer::readInteger);
  }

  static StrictDeserializer<Double> number() {
    return new StrictDeserializer<>(
        Double.class, "a number", node -> node.isNumber() ? (Double) node.doubleValue() : null);
  }

  static StrictDeserializer<Boolean> flag() {
    return new StrictDeserializer<>(Boolean.class, "0 or 1", StrictDeserializer::readFlag);
  }

  static StrictDeserializer<Duration> duration() {
    return new StrictDeserializer<>(
        Duration.class,
        "a number of seconds",
        node -> node.isNumber() ? Seconds.parse(node.decimalValue()) : null);
  }

  static StrictDeserializer<String> text() {
    return new StrictDeserializer<>(
        String.class, "text in quotes, without control characters", StrictDeserializer::readText);
  }

  static StrictDeserializer<Secret> secret() {
    return new StrictDeserializer<>(
        Secret.class,
        "text in quotes",
        node -> node.isTextual() ? new Secret(node.textValue()) : null);
  }

  /** Accepts a constant by its {@code toString}, in any letter case. */
  static <E extends Enum<E>> StrictDeserializer<E> constant(Class<E> type) {
    E[] constants = type.getEnumConstants();
    return new StrictDeserializer<>(
        type,
        Arrays.stream(constants).map(E::toString).collect(Collectors.joining("|")),
        node ->
            Arrays.stream(constants)
                .filter(constant -> constant.toString().equalsIgnoreCase(node.textValue()))
                .findFirst()
                .orElse(null));
  }

  @Override
  public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    JsonNode node = parser.readValueAsTree();
    T value = reader.apply(node);
    if (value == null) {
      String shown = node.isNull() || node.isContainerNode() ? shape(node) : node.toString();
      shown = handledType() == Secret.class ? Secret.MASK : shown;
      throw JsonMappingException.from(parser, shown + " (expected: " + expected + ")");
    }
    return value;
  }

  /** Describes the kind of a node for an error message, without its content. */
  static String shape(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "a section";
      case ARRAY -> "a list";
      case NULL -> "no value";
      default -> "one value";
    };
  }

  private static @Nullable Integer readInteger(JsonNode node) {
    try {
      return node.isNumber() ? (Integer) node.decimalValue().intValueExact() : null;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  private static @Nullable Boolean readFlag(JsonNode node) {
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    Integer number = readInteger(node);
    if (number == null || number < 0 || number > 1) {
      return null;
    }
    return number == 1;
  }

  private static @Nullable String readText(JsonNode node) {
    boolean plain = node.isTextual() && node.textValue().chars().noneMatch(Character::isISOControl);
    return plain ? node.textValue() : null;
  }
}
