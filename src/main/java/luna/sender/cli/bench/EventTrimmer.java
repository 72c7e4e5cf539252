package luna.sender.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;

/**
 * Removes parts of an event to make it smaller, the least important first. Parts that a filter
 * reads come last and are never removed completely.
 */
final class EventTrimmer {
  private static final List<Consumer<ObjectNode>> CUTS =
      List.of(
          event -> event.remove("detections"),
          event -> event.remove("face"),
          EventTrimmer::estimations,
          event -> candidates(event, 1, List.of("face", "event", "similarity")),
          event -> candidates(event, 1, List.of("similarity")),
          event -> event.remove("body_attributes"),
          EventTrimmer::faceAttributes);

  private EventTrimmer() {}

  /** Applies the cut with this number. Returns false if there is none. */
  static boolean apply(ObjectNode event, int number) {
    if (number >= CUTS.size()) {
      return false;
    }
    CUTS.get(number).accept(event);
    return true;
  }

  /** Removes the probabilities of estimations. The predominant value stays. */
  private static void estimations(ObjectNode event) {
    for (JsonNode estimations : event.findParents("estimations")) {
      ((ObjectNode) estimations).remove("estimations");
    }
  }

  private static void faceAttributes(ObjectNode event) {
    if (event.path("face_attributes") instanceof ObjectNode attributes) {
      attributes.retain("basic_attributes");
    }
  }

  private static void candidates(ObjectNode event, int max, List<String> keys) {
    for (JsonNode match : event.path("matches")) {
      ArrayNode candidates = (ArrayNode) match.path("candidates");
      while (candidates.size() > max) {
        candidates.remove(max);
      }
      for (JsonNode candidate : candidates) {
        ((ObjectNode) candidate).retain(keys);
      }
    }
  }
}
