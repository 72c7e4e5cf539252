package luna.sender.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import luna.sender.cli.demo.DemoEvents;

/**
 * A ring of prepared payloads with realistic events. Only the ids are written before each
 * publication.
 *
 * <p>Shape: at least {@value #MIN_EVENTS} events in the ring. Each event is trimmed, parts that no
 * filter reads first, and then padded in {@code user_data} to the configured size.
 *
 * <p>Source: schema {@code RedisPayload} in {@code openapi.yaml}.
 */
final class EventTemplates {
  /** Each event can be trimmed to this size. */
  static final int MIN_EVENT_BYTES = 1000;

  static final int MIN_EVENTS = 256;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILLED = "user_data";

  /** The placeholder for an id. No generated id equals it. */
  private static final String PLACE = "00000000-0000-4000-8000-bbbbbbbbbbbb";

  private final EventIds ids;
  private final int eventsPerMessage;

  /** The messages to clients, as trees. */
  private final List<JsonNode> events = new ArrayList<>();

  private final List<Template> templates = new ArrayList<>();

  /** A payload, and the positions of the ids in it: two for each event. */
  private record Template(byte[] payload, int[][] ids) {}

  EventTemplates(EventIds ids, long seed, int eventsPerMessage, int eventBytes) {
    this.ids = ids;
    this.eventsPerMessage = eventsPerMessage;
    DemoEvents demo = new DemoEvents(seed);
    while (events.size() < MIN_EVENTS) {
      ArrayNode elements = JSON.createArrayNode();
      ObjectNode message = JSON.createObjectNode();
      while (elements.size() < eventsPerMessage) {
        message = tree(demo.next(Instant.now()).json());
        Iterator<JsonNode> made = message.path("events").elements();
        while (made.hasNext() && elements.size() < eventsPerMessage) {
          elements.add(sized((ObjectNode) made.next(), eventBytes));
        }
      }
      String handlerId = message.path("handler_id").textValue();
      for (JsonNode element : elements) {
        events.add(JSON.createObjectNode().put("handler_id", handlerId).set("event", element));
      }
      message.set("events", elements);
      templates.add(template(bytes(message)));
    }
  }

  /** Returns which events of the ring match a filter. */
  WantedEvents wanted(TreeFilter filter) {
    return new WantedEvents(events.size(), index -> filter.passes(events.get(index)));
  }

  /**
   * Returns the payload with the events of an account from this sequence number on.
   *
   * @param sequence sequence number of the first event; a multiple of the events per message
   */
  byte[] payload(int account, long sequence) {
    long message = sequence / eventsPerMessage;
    Template template = templates.get((int) (message % templates.size()));
    byte[] payload = template.payload.clone();
    for (int i = 0; i < eventsPerMessage; i++) {
      for (int at : template.ids[i]) {
        ids.write(payload, at, account, sequence + i);
      }
    }
    return payload;
  }

  private Template template(byte[] payload) {
    int[][] places = new int[eventsPerMessage][];
    int from = 0;
    for (int i = 0; i < eventsPerMessage; i++) {
      int id = place(payload, from);
      int url = place(payload, id + EventIds.ID_BYTES);
      places[i] = new int[] {id, url};
      from = url + EventIds.ID_BYTES;
    }
    return new Template(payload, places);
  }

  /** Returns the position of the next placeholder. */
  private static int place(byte[] payload, int from) {
    byte[] id = PLACE.getBytes(StandardCharsets.US_ASCII);
    for (int at = from; ; at++) {
      if (Arrays.equals(payload, at, at + id.length, id, 0, id.length)) {
        return at;
      }
    }
  }

  /** Returns the event with placeholders for its id, in the configured size. */
  private static ObjectNode sized(ObjectNode event, int eventBytes) {
    event.put("event_id", PLACE).put("url", "/6/events/" + PLACE).put(FILLED, "");
    for (int cut = 0; bytes(event).length > eventBytes; cut++) {
      if (!EventTrimmer.apply(event, cut)) {
        throw new IllegalArgumentException(
            "--event-bytes: " + eventBytes + " (expected: " + MIN_EVENT_BYTES + " or more)");
      }
    }
    return event.put(FILLED, "x".repeat(eventBytes - bytes(event).length));
  }

  private static ObjectNode tree(String json) {
    try {
      return (ObjectNode) JSON.readTree(json);
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static byte[] bytes(JsonNode tree) {
    try {
      return JSON.writeValueAsBytes(tree);
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
