package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Generates the {@code matches} of an event: similar faces and earlier events, by search label.
 *
 * <p>Shape: the best candidate comes first. Without candidates, the list is empty or has labels
 * without candidates.
 *
 * <p>Units: similarity 0.3 to 0.99.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class DemoMatches {
  private static final double LOWEST_SIMILARITY = 0.3;
  private static final double HIGHEST_SIMILARITY = 0.99;
  private static final List<String> LABELS = List.of("vip", "staff", "banned");

  private final String account;
  private final SeededRandom dice;
  private final ShuffledDeck<List<String>> found;

  DemoMatches(String account, SeededRandom dice) {
    this.account = account;
    this.dice = dice;
    found =
        new ShuffledDeck<List<String>>(dice)
            .add(2, List.of())
            .add(1, List.of("vip"))
            .add(1, List.of("staff"))
            .add(1, List.of("banned"))
            .add(1, List.of("staff", "vip"));
  }

  ArrayNode next(Instant seen) {
    List<String> labels = found.deal();
    return labels.isEmpty() ? nobody() : candidates(labels, seen);
  }

  private ArrayNode nobody() {
    ArrayNode matches = JsonNodeFactory.instance.arrayNode();
    if (dice.oneIn(2)) {
      LABELS.forEach(label -> matches.addObject().put("label", label).putArray("candidates"));
    }
    return matches;
  }

  private ArrayNode candidates(List<String> labels, Instant seen) {
    ArrayNode matches = JsonNodeFactory.instance.arrayNode();
    for (String label : labels) {
      ArrayNode candidates = matches.addObject().put("label", label).putArray("candidates");
      double similarity = HIGHEST_SIMILARITY;
      for (int count = dice.roll(1, 3); count > 0; count--) {
        similarity = dice.draw(LOWEST_SIMILARITY, similarity);
        candidates.add(candidate(seen).put("similarity", similarity));
      }
    }
    return matches;
  }

  private ObjectNode candidate(Instant seen) {
    Instant created = seen.minus(Duration.ofMinutes(dice.roll(1, 500_000)));
    ObjectNode candidate = JsonNodeFactory.instance.objectNode();
    if (dice.oneIn(3)) {
      candidate.set("event", earlierEvent(created));
    } else {
      candidate.set("face", knownFace(created));
    }
    return candidate;
  }

  private ObjectNode knownFace(Instant created) {
    ObjectNode face = JsonNodeFactory.instance.objectNode();
    face.put("face_id", dice.uuid())
        .put("external_id", "badge-" + dice.roll(1000, 9999))
        .put("account_id", account)
        .put("user_data", "visitor " + dice.roll(1, 500))
        .put("create_time", DemoEvents.time(created))
        .putArray("lists")
        .add(dice.uuid());
    return face.put("event_id", dice.uuid());
  }

  private ObjectNode earlierEvent(Instant created) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("event_id", dice.uuid())
        .putNull("external_id")
        .put("user_data", "visitor " + dice.roll(1, 500))
        .put("create_time", DemoEvents.time(created))
        .put("handler_id", dice.pick(DemoEvents.HANDLERS))
        .put("source", dice.pick(List.of(DemoCamera.values())).source());
  }
}
