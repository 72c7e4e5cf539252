package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Generates an endless series of recognition payloads as LUNA publishes them, for two accounts. The
 * same seed and times give the same series.
 *
 * <p>Shape: one JSON object of 1 to 14 KB in the schema of the Redis payload, with one to three
 * events. Three payloads in five are for the first account.
 *
 * <p>Owner: confined to one thread at a time.
 */
public final class DemoEvents {
  /** The account in the examples of the API reference. */
  public static final String FIRST_ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";

  public static final String SECOND_ACCOUNT = "5d1c3f0e-7a42-4c8e-9b36-0f2a6de41c97";

  static final List<String> HANDLERS =
      List.of("8950722f-3fd4-4223-b48f-03f95f0e8dfb", "346a5645-ec89-4806-820a-dbcb6e0dc38f");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSxxx")
          .withZone(ZoneOffset.ofHours(3));

  private final SeededRandom dice;
  private final ShuffledDeck<DemoSite> sites;

  /** A payload, and the account of its channel. */
  public record Payload(String account, String json) {}

  public DemoEvents(long seed) {
    dice = new SeededRandom(seed);
    sites =
        new ShuffledDeck<DemoSite>(dice)
            .add(3, new DemoSite(FIRST_ACCOUNT, dice))
            .add(2, new DemoSite(SECOND_ACCOUNT, dice));
  }

  /** Returns the next payload, with events from just before {@code now}. */
  public Payload next(Instant now) {
    DemoSite site = sites.deal();
    Instant seen = now.minusMillis(dice.roll(40, 400));
    ObjectNode payload = JsonNodeFactory.instance.objectNode();
    payload
        .put("handler_id", dice.pick(HANDLERS))
        .put("Luna-Request-Id", now.getEpochSecond() + "," + dice.uuid())
        .set("events", site.events(seen));
    payload.put("event_create_time", time(seen)).put("event_end_time", time(now));
    return new Payload(site.account(), payload.toString());
  }

  /** Formats a time as LUNA does: with microseconds and an offset. */
  static String time(Instant instant) {
    return TIME.format(instant);
  }
}
