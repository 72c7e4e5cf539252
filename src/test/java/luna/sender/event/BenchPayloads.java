package luna.sender.event;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import luna.sender.testing.TestEvents;

/** Payloads of about a given size, with the structure of the platform's payloads. */
final class BenchPayloads {
  private static final int LANDMARKS = 68;

  private BenchPayloads() {}

  /**
   * Returns attributes, a location, a match and a face; then detections with landmarks up to the
   * size.
   */
  static byte[] of(int bytes) {
    JsonObject event = TestEvents.event("557d54ec-29ad-4f3c-93b4-c9092ef12515");
    event.put("source", "cam-1").put("tags", new JsonArray().add("tag1").add("tag2"));
    TestEvents.with(event, "face_attributes.basic_attributes.age", 50);
    TestEvents.with(event, "face_attributes.basic_attributes.gender", 0);
    JsonObject ethnicities =
        new JsonObject()
            .put("predominant_ethnicity", "asian")
            .put(
                "estimations",
                new JsonObject()
                    .put("asian", 0.954671621322632)
                    .put("caucasian", 0.045328326523304)
                    .put("indian", 7.65100649502415e-10));
    TestEvents.with(event, "face_attributes.basic_attributes.ethnicities", ethnicities);
    TestEvents.with(event, "location.city", "Moscow");
    TestEvents.with(event, "location.house_number", "1/2str3");
    event.put("matches", new JsonArray().add(TestEvents.match("good guys", 0.5)));
    String face = "aggregate_estimations.face.attributes.";
    TestEvents.with(event, face + "liveness.prediction", "spoof");
    TestEvents.with(event, face + "mask.predominant_mask", "medical_mask");
    TestEvents.with(event, face + "emotions.predominant_emotion", "surprise");
    event.put("url", "/0/events/24d405ce-bc56-4bf7-98e1-bdc962b4cf34");
    event.put("user_data", "some event").put("external_id", "2xQ2gprbMUePw1s9gw9fvA==");
    event.put("track_id", "useful_track_id_number_1");
    event.put("face", face());
    byte[] payload = TestEvents.payload(event).getBytes(StandardCharsets.UTF_8);
    if (payload.length >= bytes) {
      return payload;
    }
    JsonArray detections = new JsonArray();
    event.put("detections", detections);
    while (payload.length < bytes) {
      detections.add(detection());
      payload = TestEvents.payload(event).getBytes(StandardCharsets.UTF_8);
    }
    return payload;
  }

  private static JsonObject face() {
    return new JsonObject()
        .put("face_id", "426542d6-5509-4e5b-8a01-e2abd5c0a8c6")
        .put("external_id", "2xQ2gprbMUePw1s9gw9fvA==")
        .put("create_time", "2021-08-18T02:43:37.196724+03:00")
        .put("url", "/0/faces/24d405ce-bc56-4bf7-98e1-bdc962b4cf34")
        .put("lists", new JsonArray().add("429b0e78-4616-426a-b57f-02baa72d638d"))
        .put("user_data", "fox1991");
  }

  private static JsonObject detection() {
    JsonArray landmarks = new JsonArray();
    for (int i = 0; i < LANDMARKS; i++) {
      landmarks.add(new JsonArray().add(12 + i).add(13 + i));
    }
    return new JsonObject()
        .put("filename", "penelope.jpeg")
        .put("landmarks68", landmarks)
        .put("quality", new JsonObject().put("light", 0.87).put("blurriness", 0.2));
  }
}
