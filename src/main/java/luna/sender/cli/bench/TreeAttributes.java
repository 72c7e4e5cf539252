package luna.sender.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Attributes;
import luna.sender.event.Estimation;
import org.jspecify.annotations.Nullable;

/**
 * Reads the filterable attributes of an event from its JSON tree, by the definitions of the API.
 * Shares no code with the service's event parser, so it is an independent check.
 *
 * <p>Source: schema {@code Event} in {@code openapi.yaml}.
 */
final class TreeAttributes {
  private TreeAttributes() {}

  static Attributes of(JsonNode event, String handlerId) {
    JsonNode person = event.path("face_attributes").path("basic_attributes");
    JsonNode face = event.path("aggregate_estimations").path("face").path("attributes");
    JsonNode location = event.path("location");
    return new Attributes(
        text(event.path("source")),
        labels(event),
        topSimilarity(event),
        person.path("age").isNumber() ? person.path("age").doubleValue() : Double.NaN,
        person.path("gender").isInt() ? person.path("gender").intValue() : Attributes.ABSENT,
        code(person.path("ethnicities").path("predominant_ethnicity"), Estimation.ETHNIC_GROUP),
        code(face.path("liveness").path("prediction"), Estimation.LIVENESS),
        code(face.path("mask").path("predominant_mask"), Estimation.MASK),
        code(face.path("emotions").path("predominant_emotion"), Estimation.EMOTION),
        tags(event),
        text(location.path("city")),
        text(location.path("area")),
        text(location.path("district")),
        text(location.path("street")),
        text(location.path("house_number")),
        handlerId);
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() ? node.textValue() : null;
  }

  private static int code(JsonNode name, Estimation estimation) {
    return name.isTextual() ? estimation.code(name.textValue()) : Attributes.ABSENT;
  }

  private static List<String> tags(JsonNode event) {
    List<String> tags = new ArrayList<>();
    event.path("tags").forEach(tag -> tags.add(tag.textValue()));
    return tags;
  }

  private static List<String> labels(JsonNode event) {
    List<String> labels = new ArrayList<>();
    for (JsonNode match : event.path("matches")) {
      if (!match.path("candidates").isEmpty()) {
        labels.add(match.path("label").textValue());
      }
    }
    return labels;
  }

  private static double topSimilarity(JsonNode event) {
    double top = Double.NaN;
    for (JsonNode match : event.path("matches")) {
      for (JsonNode candidate : match.path("candidates")) {
        double similarity = candidate.path("similarity").doubleValue();
        top = Double.isNaN(top) ? similarity : Math.max(top, similarity);
      }
    }
    return top;
  }
}
