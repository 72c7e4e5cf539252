package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import luna.sender.testing.EventTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventTemplatesTest {
  private static final int ACCOUNT = 3;

  private final EventIds ids = new EventIds(new Random(1));

  @ParameterizedTest
  @ValueSource(ints = {EventTemplates.MIN_EVENT_BYTES, 1300, 20_000})
  void eachEventHasTheSize(int eventBytes) {
    EventTemplates templates = templates(3, eventBytes);
    for (long sequence = 0; sequence < 600; sequence += 3) {
      JsonArray events = payload(templates, sequence).getJsonArray("events");
      assertThat(events).hasSize(3);
      for (int i = 0; i < 3; i++) {
        byte[] event = events.getJsonObject(i).encode().getBytes(StandardCharsets.UTF_8);
        assertThat(event).hasSize(eventBytes);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void eventsOfAnySeedCanBeShortened(long seed) {
    assertThat(new EventTemplates(ids, seed, 1, EventTemplates.MIN_EVENT_BYTES).payload(ACCOUNT, 0))
        .isNotEmpty();
  }

  @Test
  void eachEventIsFoundByItsNumberAfterReserialisation() {
    EventTemplates templates = templates(4, 1300);
    for (long sequence = 0; sequence < 1200; sequence += 4) {
      JsonArray events = payload(templates, sequence).getJsonArray("events");
      for (int i = 0; i < 4; i++) {
        JsonObject event = events.getJsonObject(i);
        byte[] text = event.encodePrettily().getBytes(StandardCharsets.UTF_8);
        assertThat(ids.find(text, 0, text.length, ACCOUNT)).isEqualTo(sequence + i);
        assertThat(event.getString("url")).isEqualTo("/6/events/" + event.getString("event_id"));
      }
    }
  }

  @Test
  void matchingEventsAreDeterminedByTheirValues() {
    EventTemplates templates = templates(2, 1000);
    WantedEvents women =
        templates.wanted(new FilterQuery().parse("gender=0&object_similarity__gte=0.5"));
    int wanted = 0;
    for (long sequence = 0; sequence < 600; sequence++) {
      JsonObject event =
          payload(templates, sequence / 2 * 2)
              .getJsonArray("events")
              .getJsonObject((int) (sequence % 2));
      boolean expected =
          EventTree.number(EventTree.at(event, "face_attributes.basic_attributes.gender")) == 0
              && EventTree.topSimilarity(event) >= 0.5;
      assertThat(women.contains(sequence)).as("event %d", sequence).isEqualTo(expected);
      wanted += expected ? 1 : 0;
    }
    assertThat(wanted).isBetween(20, 500);
  }

  @Test
  void handlerOfTheMessageEqualsThatOfItsEvents() {
    EventTemplates templates = templates(2, 1300);
    Set<String> handlers = new HashSet<>();
    for (long sequence = 0; sequence < 256; sequence += 2) {
      String handler = payload(templates, sequence).getString("handler_id");
      TreeFilter filter = new FilterQuery().parse("handler_ids=" + handler);
      assertThat(templates.wanted(filter).contains(sequence)).isTrue();
      assertThat(templates.wanted(filter).contains(sequence + 1)).isTrue();
      handlers.add(handler);
    }
    assertThat(handlers).hasSize(2);
  }

  private EventTemplates templates(int eventsPerMessage, int eventBytes) {
    return new EventTemplates(ids, 1, eventsPerMessage, eventBytes);
  }

  private static JsonObject payload(EventTemplates templates, long sequence) {
    return new JsonObject(new String(templates.payload(ACCOUNT, sequence), StandardCharsets.UTF_8));
  }
}
