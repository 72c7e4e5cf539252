package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates the {@code events} of a payload from the cameras of one account.
 *
 * <p>Shape: one to three events at a time, all from the same camera. Keys and their order are those
 * of the sample in the API reference. One event in eight has a body but no face, and one in eight a
 * face without estimations.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class DemoSite {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** What was detected of a person. */
  private enum Sighting {
    FACE,
    FACE_AND_BODY,
    UNESTIMATED_FACE,
    BODY
  }

  private final String account;
  private final SeededRandom dice;
  private final DemoCrowd crowd;
  private final DemoMatches matches;
  private final DemoDetections detections;
  private final ShuffledDeck<DemoCamera> cameras;
  private final ShuffledDeck<Integer> eventCounts;
  private final ShuffledDeck<Sighting> sightings;
  private final ShuffledDeck<List<String>> tags;

  DemoSite(String account, SeededRandom dice) {
    this.account = account;
    this.dice = dice;
    crowd = new DemoCrowd(dice);
    matches = new DemoMatches(account, dice);
    detections = new DemoDetections(dice);
    cameras = new ShuffledDeck<>(dice);
    for (DemoCamera camera : DemoCamera.values()) {
      cameras.add(1, camera);
    }
    eventCounts = new ShuffledDeck<Integer>(dice).add(6, 1).add(1, 2).add(1, 3);
    sightings =
        new ShuffledDeck<Sighting>(dice)
            .add(4, Sighting.FACE)
            .add(2, Sighting.FACE_AND_BODY)
            .add(1, Sighting.UNESTIMATED_FACE)
            .add(1, Sighting.BODY);
    tags =
        new ShuffledDeck<List<String>>(dice)
            .add(1, List.of())
            .add(1, List.of("entrance"))
            .add(1, List.of("entrance", "night"))
            .add(1, List.of("queue"))
            .add(1, List.of("entrance", "queue", "гость"))
            .add(1, List.of("tag1", "tag2"));
  }

  String account() {
    return account;
  }

  ArrayNode events(Instant seen) {
    ArrayNode events = JSON.arrayNode();
    DemoCamera camera = cameras.deal();
    for (int count = eventCounts.deal(); count > 0; count--) {
      events.add(event(camera, seen));
    }
    return events;
  }

  private ObjectNode event(DemoCamera camera, Instant seen) {
    return switch (sightings.deal()) {
      case FACE -> faceEvent(crowd.next(), false, camera, seen);
      case FACE_AND_BODY -> faceEvent(crowd.next(), true, camera, seen);
      case UNESTIMATED_FACE -> faceEvent(null, false, camera, seen);
      case BODY -> bodyEvent(camera, seen);
    };
  }

  private ObjectNode faceEvent(
      @Nullable DemoPerson person, boolean withBody, DemoCamera camera, Instant seen) {
    ObjectNode estimations = person == null ? DemoPerson.noEstimations() : person.estimations(dice);
    ObjectNode event = JSON.objectNode();
    event.set("face_attributes", faceAttributes(person));
    event.set("body_attributes", withBody ? bodyAttributes() : null);
    describe(event, camera, seen);
    event.set("detections", detections.next(estimations, withBody, seen));
    event.putObject("aggregate_estimations").putObject("face").set("attributes", estimations);
    return finish(event);
  }

  private ObjectNode bodyEvent(DemoCamera camera, Instant seen) {
    ObjectNode event = JSON.objectNode();
    event.set("body_attributes", bodyAttributes());
    describe(event, camera, seen);
    event.set("detections", detections.next(null, true, seen));
    event.putObject("aggregate_estimations").putNull("face");
    return finish(event);
  }

  private ObjectNode faceAttributes(@Nullable DemoPerson person) {
    String id = dice.uuid();
    ObjectNode attributes = JSON.objectNode();
    attributes
        .put("attribute_id", id)
        .set("basic_attributes", person == null ? null : person.basicAttributes(dice));
    attributes
        .put("score", dice.draw(0.6, 1))
        .put("url", "/6/attributes/" + id)
        .putArray("samples")
        .add(dice.uuid());
    return attributes;
  }

  private ObjectNode bodyAttributes() {
    ObjectNode attributes = JSON.objectNode();
    attributes.put("score", dice.draw(0.6, 1)).putArray("samples").add(dice.uuid());
    return attributes;
  }

  private void describe(ObjectNode event, DemoCamera camera, Instant seen) {
    String id = dice.uuid();
    event.put("source", camera.source());
    ArrayNode tagNodes = event.putArray("tags");
    tags.deal().forEach(tagNodes::add);
    event.put("event_id", id).put("url", "/6/events/" + id);
    event.set("matches", matches.next(seen));
    event
        .put("external_id", dice.oneIn(3) ? null : "badge-" + dice.roll(1000, 9999))
        .put("user_data", dice.oneIn(3) ? null : "turnstile " + dice.roll(1, 12))
        .set("location", camera.location());
  }

  private ObjectNode finish(ObjectNode event) {
    event.put("track_id", dice.oneIn(4) ? null : "track-" + dice.roll(1, 99_999));
    event.set("face", dice.oneIn(3) ? storedFace() : null);
    return event;
  }

  private ObjectNode storedFace() {
    String id = dice.uuid();
    ObjectNode face = JSON.objectNode();
    face.put("external_id", "badge-" + dice.roll(1000, 9999))
        .put("face_id", id)
        .put("url", "/6/faces/" + id)
        .putArray("lists")
        .add(dice.uuid());
    return face.put("user_data", "visitor " + dice.roll(1, 500))
        .put("avatar", "")
        .put("event_id", dice.uuid());
  }
}
