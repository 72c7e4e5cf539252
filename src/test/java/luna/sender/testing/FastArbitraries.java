package luna.sender.testing;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Tuple;

/**
 * Arbitraries for values that consist of hundreds of others.
 *
 * <p>How: jqwik's own {@code frequencyOf} and {@code withProbability} look up the generator of each
 * part for each value, which takes two thirds of the time of a property about events. These create
 * each generator once. A failing value is still shrunk, but not to another alternative.
 */
public final class FastArbitraries {
  /** jqwik's default number of tries, which some generators use to choose their distribution. */
  private static final int GENERATION_SIZE = 1000;

  private static final Object ABSENT = new Object();

  private FastArbitraries() {}

  /** As {@link Arbitraries#frequencyOf}. */
  @SafeVarargs
  public static <T> Arbitrary<T> frequencyOf(
      Tuple.Tuple2<Integer, ? extends Arbitrary<? extends T>>... choices) {
    int total = Arrays.stream(choices).mapToInt(Tuple.Tuple2::get1).sum();
    List<RandomGenerator<T>> generators = new ArrayList<>(total);
    for (Tuple.Tuple2<Integer, ? extends Arbitrary<? extends T>> choice : choices) {
      RandomGenerator<T> generator =
          choice.get2().<T>map(value -> value).generator(GENERATION_SIZE);
      for (int i = 0; i < choice.get1(); i++) {
        generators.add(generator);
      }
    }
    return Arbitraries.fromGenerator(random -> generators.get(random.nextInt(total)).next(random));
  }

  /** Objects that have each of these fields with a probability of {@code percent}. */
  public static Arbitrary<JsonObject> object(int percent, Map<String, Arbitrary<?>> fields) {
    List<String> names = List.copyOf(fields.keySet());
    List<Arbitrary<Object>> values = new ArrayList<>();
    for (Arbitrary<?> value : fields.values()) {
      values.add(
          frequencyOf(Tuple.of(percent, value), Tuple.of(100 - percent, Arbitraries.just(ABSENT))));
    }
    return Combinators.combine(values)
        .as(
            chosen -> {
              JsonObject object = new JsonObject();
              for (int i = 0; i < chosen.size(); i++) {
                if (chosen.get(i) != ABSENT) {
                  object.put(names.get(i), chosen.get(i));
                }
              }
              return object;
            });
  }
}
