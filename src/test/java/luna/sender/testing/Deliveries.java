package luna.sender.testing;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The events of one account that a test publishes, and what one client with {@code gaps=1} receives
 * of them.
 *
 * <p>Owner: one test thread.
 */
public final class Deliveries {
  private final TestSocket socket;

  /** When each event was published: the times before and after. */
  private final Map<String, Instant[]> published = new LinkedHashMap<>();

  private final List<String> ids = new ArrayList<>();
  private final List<JsonObject> gaps = new ArrayList<>();

  public Deliveries(TestSocket socket) {
    this.socket = socket;
  }

  /** Publishes one more event. */
  public void publish(Consumer<String> publisher) {
    String id = "event " + published.size();
    Instant begun = Instant.now();
    publisher.accept(payload(event(id)));
    published.put(id, new Instant[] {begun, Instant.now()});
  }

  /**
   * Publishes until an event arrives, and each event before it has arrived or is covered by a gap.
   */
  public void awaitAll(Consumer<String> publisher) {
    int before = published.size();
    until(
        "events come, and those that are missing are in a gap",
        () -> {
          publish(publisher);
          read();
          return !ids.isEmpty()
              && published.keySet().stream().skip(before).anyMatch(ids::contains)
              && missing().isEmpty();
        });
    assertThat(socket.isClosed()).isFalse();
    assertThat(ids).doesNotHaveDuplicates();
  }

  private void read() {
    while (socket.waiting() > 0) {
      JsonObject message = socket.next();
      if (message.containsKey("gap")) {
        gaps.add(message.getJsonObject("gap"));
      } else if (message.containsKey("event")) {
        ids.add(message.getJsonObject("event").getString("event_id"));
      }
    }
  }

  /**
   * Returns the events before the last received one that have not arrived and are not covered by a
   * gap.
   */
  private List<String> missing() {
    List<String> missing = new ArrayList<>();
    String last = ids.get(ids.size() - 1);
    for (Map.Entry<String, Instant[]> each : published.entrySet()) {
      if (each.getKey().equals(last)) {
        break;
      }
      if (!ids.contains(each.getKey())
          && gaps.stream().noneMatch(gap -> isIn(gap, each.getValue()))) {
        missing.add(each.getKey());
      }
    }
    return missing;
  }

  private static boolean isIn(JsonObject gap, Instant[] time) {
    return !Instant.parse(gap.getString("from")).isAfter(time[1])
        // The times of a gap are cut to milliseconds.
        && !Instant.parse(gap.getString("to")).plusMillis(1).isBefore(time[0]);
  }
}
