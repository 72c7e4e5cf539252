package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import java.util.Locale;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import org.jspecify.annotations.Nullable;

/**
 * The events of one response, while they are collected.
 *
 * <p>Shape: schema {@code EventsPage} in {@code openapi.yaml}. At most {@code limit} events, and at
 * most {@value #LIMIT_BYTES} bytes unless one frame is larger. Gaps count as bytes only.
 *
 * <p>Owner: confined to its event loop.
 */
final class EventsPage {
  private static final int LIMIT_BYTES = 8 << 20;

  private final int limit;
  private final Buffer json = Buffer.buffer("{\"events\":[");
  private final int emptyBytes = json.length();
  private int events;
  private @Nullable Position position;
  private Outcome outcome = Outcome.COMPLETE;
  private boolean more;

  /**
   * @param limit the maximum number of events
   */
  EventsPage(int limit) {
    this.limit = limit;
  }

  boolean isEmpty() {
    return json.length() == emptyBytes;
  }

  boolean isFull() {
    return events == limit;
  }

  /**
   * Adds an event or a gap.
   *
   * @return false if it does not fit
   */
  boolean add(StreamItem item, Position itemPosition) {
    if (item instanceof Event event) {
      byte[] end = itemPosition.frameEnd();
      if (isFull() || !fits(event.textBytes() + end.length)) {
        return false;
      }
      separate();
      event.appendText(json, end);
      events++;
    } else if (item instanceof Gap gap) {
      byte[] text = gap.text();
      if (!fits(text.length)) {
        return false;
      }
      separate();
      json.appendBytes(text);
    }
    position = itemPosition;
    return true;
  }

  private boolean fits(int bytes) {
    return isEmpty() || json.length() + bytes <= LIMIT_BYTES;
  }

  private void separate() {
    if (!isEmpty()) {
      json.appendByte((byte) ',');
    }
  }

  /** Sets where the next page begins. */
  void position(Position next) {
    position = next;
  }

  void outcome(Outcome result) {
    outcome = result;
  }

  void more(boolean follows) {
    more = follows;
  }

  boolean hasMore() {
    return more;
  }

  /** Returns whether nothing is missing before the page. */
  boolean isComplete() {
    return outcome == Outcome.COMPLETE;
  }

  /** Returns whether a request for what follows the page would be equal. */
  boolean isRepeated(HistoryRequest.@Nullable Range asked) {
    return asked instanceof HistoryRequest.After after && after.position().equals(position());
  }

  Position position() {
    if (position == null) {
      throw new IllegalStateException("position: none (expected: set by the first page)");
    }
    return position;
  }

  /** Completes the page and returns the body of the response. */
  Buffer end() {
    return json.appendString("],\"position\":\"")
        .appendString(position().toString())
        .appendString("\",\"outcome\":\"")
        .appendString(outcome.name().toLowerCase(Locale.ROOT))
        .appendString("\",\"more\":")
        .appendString(Boolean.toString(more))
        .appendString("}");
  }
}
