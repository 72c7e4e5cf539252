package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import luna.sender.event.Event;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;

final class RecentEventsTest {
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String OTHER = "904e635f-3a47-4832-b4d6-d2d72ba78451";
  private static final long ENOUGH = 1 << 20;

  @Test
  void lastEventsOfAnAccountAreFoundById() {
    RecentEvents kept = new RecentEvents(2, ENOUGH);
    Event second = event(ACCOUNT, "second");
    Event third = event(ACCOUNT, "third");
    kept.add(event(ACCOUNT, "first"));
    kept.add(second);
    kept.add(third);
    assertThat(kept.find(ACCOUNT, "first")).isNull();
    assertThat(kept.find(ACCOUNT, "second")).isSameAs(second);
    assertThat(kept.find(ACCOUNT, "third")).isSameAs(third);
    assertThat(kept.find(OTHER, "third")).isNull();
  }

  @Test
  void limitOfOneKeepsTheNewestEvent() {
    RecentEvents kept = new RecentEvents(1, ENOUGH);
    for (String id : new String[] {"first", "second", "third"}) {
      Event event = event(ACCOUNT, id);
      kept.add(event);
      assertThat(kept.find(ACCOUNT, id)).isSameAs(event);
    }
    assertThat(kept.find(ACCOUNT, "second")).isNull();
  }

  @Test
  void noEventIsKeptByDefault() {
    RecentEvents kept = new RecentEvents(0, ENOUGH);
    kept.add(event(ACCOUNT, "first"));
    assertThat(kept.find(ACCOUNT, "first")).isNull();
  }

  @Test
  void oldestEventOfAllAccountsIsEvictedAboveTheByteLimit() {
    Event first = event(ACCOUNT, "first");
    RecentEvents kept = new RecentEvents(100, 2L * first.textBytes() + 5);
    Event other = event(OTHER, "other");
    Event third = event(ACCOUNT, "third");
    kept.add(first);
    kept.add(other);
    assertThat(kept.find(ACCOUNT, "first")).isSameAs(first);
    kept.add(third);
    assertThat(kept.find(ACCOUNT, "first")).isNull();
    assertThat(kept.find(OTHER, "other")).isSameAs(other);
    assertThat(kept.find(ACCOUNT, "third")).isSameAs(third);
  }

  @Test
  void eventLargerThanTheLimitEvictsNoOther() {
    Event small = event(ACCOUNT, "small");
    RecentEvents kept = new RecentEvents(100, small.textBytes() + 10);
    kept.add(small);
    kept.add(event(ACCOUNT, "x".repeat(100)));
    assertThat(kept.find(ACCOUNT, "small")).isSameAs(small);
  }

  /** An event can contain an id for another reason, such as the id of a face. */
  @Test
  void eventThatOnlyMentionsAnIdIsNotFound() {
    RecentEvents kept = new RecentEvents(100, ENOUGH);
    Event meant = event(ACCOUNT, "meant");
    kept.add(meant);
    kept.add(parsed(ACCOUNT, TestEvents.event("newer").put("track_id", "meant")));
    assertThat(kept.find(ACCOUNT, "meant")).isSameAs(meant);
  }

  private static Event event(String account, String id) {
    return parsed(account, new JsonObject().put("event_id", id));
  }

  private static Event parsed(String account, JsonObject event) {
    byte[] payload = TestEvents.payload(event).getBytes(StandardCharsets.UTF_8);
    try {
      return new PayloadParser(1 << 20, TestContract.EVENTS, true)
          .parse(account, payload, 0)
          .events()
          .get(0);
    } catch (MalformedPayloadException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
