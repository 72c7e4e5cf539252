package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The attributes that the platform estimates from a face, with the names and numbers of events.
 *
 * <p>Units: {@code age} in years; {@code gender} 0 is female, 1 is male.
 */
record DemoPerson(
    int age, int gender, String ethnicity, String emotion, String mask, String liveness) {
  static final List<String> ETHNICITIES =
      List.of("african_american", "asian", "caucasian", "indian");
  static final List<String> EMOTIONS =
      List.of("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise");
  static final List<String> MASKS = List.of("medical_mask", "missing", "occluded");

  ObjectNode basicAttributes(SeededRandom dice) {
    ObjectNode attributes = JsonNodeFactory.instance.objectNode();
    attributes.put("age", age).put("gender", gender);
    attributes
        .putObject("ethnicities")
        .put("predominant_ethnicity", ethnicity)
        .set("estimations", dice.estimations(ETHNICITIES, ethnicity));
    return attributes;
  }

  /**
   * Returns liveness, mask and emotions. They are the same in a detection and in the aggregate of
   * all detections.
   */
  ObjectNode estimations(SeededRandom dice) {
    ObjectNode estimations = JsonNodeFactory.instance.objectNode();
    estimations
        .putObject("liveness")
        .put("prediction", liveness)
        .putObject("estimations")
        .put("quality", dice.draw(0.2, 1))
        .put("score", liveness.equals("real") ? dice.draw(0.6, 1) : dice.draw(0, 0.5));
    estimations
        .putObject("mask")
        .put("predominant_mask", mask)
        .set("estimations", dice.estimations(MASKS, mask));
    estimations
        .putObject("emotions")
        .put("predominant_emotion", emotion)
        .set("estimations", dice.estimations(EMOTIONS, emotion));
    return estimations;
  }

  /** Returns the replacement of {@link #estimations} if nothing was estimated. */
  static ObjectNode noEstimations() {
    return JsonNodeFactory.instance
        .objectNode()
        .putNull("liveness")
        .putNull("mask")
        .putNull("emotions");
  }
}
