package luna.sender.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * The last events of each account, for those who ask why one did or did not come.
 *
 * <p>Shape: at most {@code KEPT_EVENTS} of an account, and {@code KEPT_EVENTS_LIMIT_BYTES} of all
 * that share a limit; the oldest goes first. One that is larger than the limit is not kept.
 *
 * <p>Owner: confined to its bridge's event loop.
 *
 * <p>Why an event is searched and not looked up: to index it would cost each event, and hardly any
 * is asked for.
 */
final class KeptEvents {
  private final int perAccount;
  private final long limitBytes;
  private final Map<String, Deque<Event>> accounts = new HashMap<>();

  /** In the order in which they came; an event is equal to itself alone. */
  private final Set<Event> all = new LinkedHashSet<>();

  private long bytes;

  /**
   * @param perAccount 0 to keep none
   */
  KeptEvents(int perAccount, long limitBytes) {
    this.perAccount = perAccount;
    this.limitBytes = limitBytes;
  }

  void keep(Event event) {
    if (perAccount == 0 || event.textBytes() > limitBytes) {
      return;
    }
    Deque<Event> kept = accounts.computeIfAbsent(event.account(), account -> new ArrayDeque<>());
    if (kept.size() == perAccount) {
      forget(kept.getFirst());
    }
    // The account's last one may have gone, and its place with it.
    accounts.computeIfAbsent(event.account(), account -> kept).add(event);
    all.add(event);
    bytes += event.textBytes();
    while (bytes > limitBytes) {
      forget(all.iterator().next());
    }
  }

  /** The newest event of this id, or null if none is kept. */
  @Nullable Event find(String account, String eventId) {
    Deque<Event> kept = accounts.get(account);
    if (kept == null) {
      return null;
    }
    ByteBuf quoted = Unpooled.copiedBuffer('"' + eventId + '"', StandardCharsets.UTF_8);
    for (Iterator<Event> newest = kept.descendingIterator(); newest.hasNext(); ) {
      Event event = newest.next();
      ByteBuf text = Unpooled.buffer(event.textBytes());
      event.writeText(text);
      // Most have the id nowhere, and need not be read.
      if (ByteBufUtil.indexOf(quoted, text) >= 0 && eventId.equals(eventId(text))) {
        return event;
      }
    }
    return null;
  }

  private static @Nullable Object eventId(ByteBuf text) {
    JsonObject frame = new JsonObject(Buffer.buffer(ByteBufUtil.getBytes(text)));
    return frame.getJsonObject("event").getValue("event_id");
  }

  private void forget(Event oldest) {
    all.remove(oldest);
    bytes -= oldest.textBytes();
    Deque<Event> kept = accounts.get(oldest.account());
    if (kept != null) {
      // What is the oldest of all is the oldest of its account.
      kept.removeFirst();
      if (kept.isEmpty()) {
        accounts.remove(oldest.account());
      }
    }
  }
}
