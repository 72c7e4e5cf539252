package luna.sender.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Random events: the documented structure with parts missing, null or of another type, and values
 * from small pools, so that filters from the same pools match about half of them.
 *
 * <p>Owner: immutable.
 */
public final class RandomEvents {
  /** Pairs of texts that only an exact comparison distinguishes. */
  public static final List<String> TEXTS =
      List.of("Moscow", "moscow", "Москва", "caf\u00e9", "cafe\u0301", "😀, 1/2");

  /** Values on both sides of the bounds in filters, and on them. */
  public static final List<Number> SIMILARITIES =
      List.of(0, 0.3, 0.5, new BigDecimal("0.50"), 0.7, 1, new BigDecimal("1E400"));

  public static final List<Number> AGES =
      List.of(0, 17, 17.5, 18, 49, 50, 51L, new BigDecimal("-1E400"));

  /** One handler in two spellings, another one, and none. */
  public static final List<Object> HANDLERS =
      List.of(
          "557d54ec-29ad-4f3c-93b4-c9092ef12515",
          "557D54EC-29AD-4F3C-93B4-C9092EF12515",
          "8950722f-3fd4-4223-b48f-03f95f0e8dfb",
          "HANDLER",
          7);

  private RandomEvents() {}

  private record Field(String name, Arbitrary<?> value) {}

  public static Arbitrary<JsonObject> events() {
    return object(
        new Field("source", odd(Arbitraries.of(TEXTS))),
        new Field("tags", odd(list(odd(Arbitraries.of(TEXTS)), 5))),
        new Field("location", odd(location())),
        new Field("matches", odd(list(odd(match()), 3))),
        new Field("face_attributes", odd(face())),
        new Field("aggregate_estimations", odd(aggregate())),
        new Field("detections", json()));
  }

  public static Arbitrary<@Nullable Object> handlers() {
    return Arbitraries.of(HANDLERS).injectNull(0.15);
  }

  private static Arbitrary<JsonObject> location() {
    return object(
        new Field("city", odd(Arbitraries.of(TEXTS))),
        new Field("area", odd(Arbitraries.of(TEXTS))),
        new Field("district", odd(Arbitraries.of(TEXTS))),
        new Field("street", odd(Arbitraries.of(TEXTS))),
        new Field("house_number", odd(Arbitraries.of(TEXTS))));
  }

  private static Arbitrary<JsonObject> match() {
    Arbitrary<JsonObject> candidate =
        object(
            new Field("similarity", odd(Arbitraries.of(SIMILARITIES))), new Field("face", json()));
    return object(
        new Field("label", odd(Arbitraries.of(TEXTS))),
        new Field("candidates", odd(list(odd(candidate), 3))));
  }

  private static Arbitrary<JsonObject> face() {
    Arbitrary<JsonObject> basic =
        object(
            new Field("age", odd(Arbitraries.of(AGES))),
            new Field("gender", odd(Arbitraries.of(0, 1, 1.0, 2, -1))),
            new Field(
                "ethnicities",
                odd(
                    outcome(
                        "predominant_ethnicity",
                        "african_american",
                        "indian",
                        "asian",
                        "caucasian"))));
    return object(new Field("basic_attributes", odd(basic)), new Field("score", json()));
  }

  private static Arbitrary<JsonObject> aggregate() {
    Arbitrary<JsonObject> attributes =
        object(
            new Field("liveness", odd(outcome("prediction", "spoof", "real", "unknown"))),
            new Field(
                "mask", odd(outcome("predominant_mask", "missing", "medical_mask", "occluded"))),
            new Field(
                "emotions",
                odd(
                    outcome(
                        "predominant_emotion",
                        "anger",
                        "disgust",
                        "fear",
                        "happiness",
                        "neutral",
                        "sadness",
                        "surprise"))));
    return object(
        new Field("face", odd(object(new Field("attributes", odd(attributes))))),
        new Field("body", json()));
  }

  private static Arbitrary<JsonObject> outcome(String key, String... names) {
    Arbitrary<Object> outcomes =
        FastArbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.of(names)),
            Tuple.of(1, Arbitraries.of(names).map(name -> name.toUpperCase(Locale.ROOT))),
            Tuple.of(2, Arbitraries.integers().between(-1, 8)),
            Tuple.of(1, Arbitraries.of(1.0, 1.5, 2.0)));
    return object(new Field(key, odd(outcomes)), new Field("estimations", json()));
  }

  /** Returns any JSON value, for keys that no filter reads. */
  private static Arbitrary<?> json() {
    Arbitrary<Object> leaf =
        FastArbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.strings().ofMaxLength(6)),
            Tuple.of(
                3,
                Arbitraries.bigDecimals()
                    .between(new BigDecimal("-1E9"), new BigDecimal("1E9"))
                    .ofScale(3)),
            Tuple.of(1, Arbitraries.of(true, false)));
    Arbitrary<?> one = nested(leaf);
    Arbitrary<?> two = nested(one);
    return FastArbitraries.frequencyOf(
        Tuple.of(1, leaf), Tuple.of(1, one), Tuple.of(1, two), Tuple.of(1, nested(two)));
  }

  private static Arbitrary<?> nested(Arbitrary<?> inner) {
    return FastArbitraries.frequencyOf(
        Tuple.of(1, list(inner, 3)),
        Tuple.of(1, object(new Field("event", inner), new Field("", inner))));
  }

  private static Arbitrary<Object> odd(Arbitrary<?> usual) {
    Arbitrary<Object> odd = Arbitraries.<Object>of(true, 5, "odd", "").injectNull(0.2);
    Arbitrary<Object> empty =
        Arbitraries.oneOf(
            Arbitraries.create(JsonArray::new),
            Arbitraries.create(JsonObject::new),
            Arbitraries.create(() -> new JsonArray().add("Moscow").add(1)));
    return FastArbitraries.frequencyOf(Tuple.of(20, usual), Tuple.of(1, odd), Tuple.of(1, empty));
  }

  private static Arbitrary<JsonArray> list(Arbitrary<?> items, int most) {
    return items.list().ofMaxSize(most).map(JsonArray::new);
  }

  private static Arbitrary<JsonObject> object(Field... fields) {
    Map<String, Arbitrary<?>> values = new LinkedHashMap<>();
    for (Field field : fields) {
      values.put(field.name(), field.value());
    }
    return FastArbitraries.object(95, values);
  }
}
