package luna.sender.filter;

import static luna.sender.testing.EventTree.at;
import static luna.sender.testing.EventTree.labels;
import static luna.sender.testing.EventTree.number;
import static luna.sender.testing.EventTree.outcome;
import static luna.sender.testing.EventTree.tags;
import static luna.sender.testing.EventTree.topSimilarity;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A direct implementation of the filter descriptions in {@code openapi.yaml} on an event's JSON
 * tree: the reference for {@link EventFilter}.
 */
public final class NaiveFilter {
  private static final String BASIC = "face_attributes.basic_attributes.";
  private static final String FACE = "aggregate_estimations.face.attributes.";

  private NaiveFilter() {}

  public static boolean passes(JsonObject query, JsonObject event, @Nullable Object handlerId) {
    return query.stream()
        .allMatch(clause -> passes(clause.getKey(), clause.getValue(), event, handlerId));
  }

  private static boolean passes(
      String name, Object wanted, JsonObject event, @Nullable Object handlerId) {
    return switch (name) {
      case "sources" -> isOne(wanted, at(event, "source"));
      case "cities" -> isOne(wanted, at(event, "location.city"));
      case "areas" -> isOne(wanted, at(event, "location.area"));
      case "districts" -> isOne(wanted, at(event, "location.district"));
      case "streets" -> isOne(wanted, at(event, "location.street"));
      case "house_numbers" -> isOne(wanted, at(event, "location.house_number"));
      case "matching_candidates_labels" ->
          labels(event).stream().anyMatch(label -> isOne(wanted, label));
      case "tags" -> ((JsonArray) wanted).stream().allMatch(tags(event)::contains);
      case "object_similarity__gte" -> topSimilarity(event) >= number(wanted);
      case "object_similarity__lt" -> topSimilarity(event) < number(wanted);
      case "age__gte" -> number(at(event, BASIC + "age")) >= number(wanted);
      case "age__lt" -> number(at(event, BASIC + "age")) < number(wanted);
      case "gender" ->
          isOne(
              JsonArray.of((int) number(wanted)),
              outcome(at(event, BASIC + "gender"), 0, "female", "male"));
      case "ethnic_groups" ->
          isOne(
              wanted,
              outcome(
                  at(event, BASIC + "ethnicities.predominant_ethnicity"),
                  1,
                  "african_american",
                  "indian",
                  "asian",
                  "caucasian"));
      case "liveness" ->
          isOne(
              wanted,
              outcome(at(event, FACE + "liveness.prediction"), 0, "spoof", "real", "unknown"));
      case "masks" ->
          isOne(
              wanted,
              outcome(
                  at(event, FACE + "mask.predominant_mask"),
                  1,
                  "missing",
                  "medical_mask",
                  "occluded"));
      case "emotions" ->
          isOne(
              wanted,
              outcome(
                  at(event, FACE + "emotions.predominant_emotion"),
                  1,
                  "anger",
                  "disgust",
                  "fear",
                  "happiness",
                  "neutral",
                  "sadness",
                  "surprise"));
      case "handler_ids" ->
          ((JsonArray) wanted)
              .stream().anyMatch(id -> id.toString().equalsIgnoreCase(String.valueOf(handlerId)));
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static boolean isOne(Object wanted, @Nullable Object actual) {
    return ((JsonArray) wanted).stream().anyMatch(value -> value.equals(actual));
  }
}
