package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Generates the {@code detections} of an event: the image, and the rectangle of the face or body.
 *
 * <p>Shape: one detection, without the long lists (iris, 68 landmarks, face quality) of a real one.
 *
 * <p>Units: pixels of the image; angles in degrees.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class DemoDetections {
  private final SeededRandom dice;

  DemoDetections(SeededRandom dice) {
    this.dice = dice;
  }

  /**
   * Returns a list of one detection.
   *
   * @param faceEstimations the estimations of the face, or null if no face was found
   */
  ArrayNode next(@Nullable ObjectNode faceEstimations, boolean withBody, Instant seen) {
    ArrayNode detections = JsonNodeFactory.instance.arrayNode();
    ObjectNode detection = detections.addObject();
    detection.put("filename", "frame-%06d.jpeg".formatted(dice.roll(0, 999_999)));
    ObjectNode samples = detection.putObject("samples");
    samples.set("face", faceEstimations == null ? null : sample(face(faceEstimations)));
    samples.set("body", withBody ? sample(body()) : null);
    detection
        .put("detect_time", DemoEvents.time(seen))
        .put("image_origin", "/6/images/" + dice.uuid());
    return detections;
  }

  private ObjectNode sample(ObjectNode detection) {
    String id = dice.uuid();
    ObjectNode sample = JsonNodeFactory.instance.objectNode();
    sample.put("sample_id", id).set("detection", detection);
    return sample.put("url", "/6/samples/" + id);
  }

  private ObjectNode face(ObjectNode estimations) {
    ObjectNode face = JsonNodeFactory.instance.objectNode();
    face.set("attributes", attributes(estimations));
    face.set("quality", quality());
    face.set("rect", rectangle(80, 260));
    face.set("landmarks5", landmarks());
    return face;
  }

  private ObjectNode attributes(ObjectNode estimations) {
    ObjectNode attributes = estimations.deepCopy();
    attributes
        .putObject("mouth_attributes")
        .put("occluded", dice.draw(0, 0.1))
        .put("opened", dice.draw(0, 0.4))
        .put("score", dice.draw(0.9, 1))
        .put("smile", dice.draw(0, 1));
    attributes
        .putObject("head_pose")
        .put("pitch", dice.draw(-25, 25))
        .put("roll", dice.draw(-15, 15))
        .put("yaw", dice.draw(-30, 30));
    attributes.putObject("gaze").put("pitch", dice.draw(-20, 20)).put("yaw", dice.draw(-20, 20));
    return attributes;
  }

  private ObjectNode quality() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("light", dice.draw(0.5, 1))
        .put("dark", dice.draw(0, 0.5))
        .put("illumination", dice.draw(0.4, 1))
        .put("blurriness", dice.draw(0, 0.6))
        .put("specularity", dice.draw(0.4, 1));
  }

  private ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.set("rect", rectangle(200, 700));
    return body;
  }

  private ObjectNode rectangle(int smallest, int largest) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("height", dice.roll(smallest, largest))
        .put("width", dice.roll(smallest, largest))
        .put("x", dice.roll(0, 1200))
        .put("y", dice.roll(0, 700));
  }

  private ArrayNode landmarks() {
    ArrayNode landmarks = JsonNodeFactory.instance.arrayNode();
    for (int point = 0; point < 5; point++) {
      landmarks.addArray().add(dice.roll(20, 200)).add(dice.roll(20, 200));
    }
    return landmarks;
  }
}
