package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.Healed;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Interruption;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;

/**
 * An account that is subscribed with history. It publishes each entry of the history once and in
 * order, and reads the entries that the subscription has missed.
 *
 * <p>Errors: while the history cannot be read, the account stays behind, and {@link LiveAccounts}
 * repeats the read. Subscribe requests fail if the first position cannot be read.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class LiveAccount {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  final String account;

  /** The hubs that use the account. */
  final Set<Integer> hubs = new HashSet<>();

  private final LiveAccounts owner;
  private final LiveCursor cursor = new LiveCursor();

  /** Subscribe requests that wait for the first position. */
  private final List<Message<SubscriptionRequest>> waiting = new ArrayList<>();

  /** Interruptions that were announced and have not ended. */
  private final List<Interruption> announced = new ArrayList<>();

  /** Ended interruptions whose events are being read. */
  private final List<Gap> healing = new ArrayList<>();

  /** Whether {@link LiveAccounts} expects a result of the healing. */
  private boolean counted;

  /** When the last entry was delivered. */
  private DualTimestamp deliveredAt;

  private boolean reading;
  private boolean closed;

  /** The number of events that were read since the account fell behind. */
  private long events;

  /** Whether entries were lost since the account fell behind. */
  private boolean lost;

  LiveAccount(String account, LiveAccounts owner) {
    this.account = account;
    this.owner = owner;
    this.deliveredAt = owner.now();
  }

  /** Replies to a subscribe request, because Redis has confirmed the subscription. */
  void confirmed(Message<SubscriptionRequest> request) {
    if (cursor.isStarted()) {
      request.reply(cursor.last(), LOCAL);
    } else {
      waiting.add(request);
      readHead();
    }
  }

  private void readHead() {
    if (!reading) {
      reading = true;
      owner.read(account, new HistoryRequest.Head(), this::onHead);
    }
  }

  private void onHead(AsyncResult<HistoryPage> answer) {
    reading = false;
    if (answer.succeeded() && !closed) {
      cursor.start(answer.result().head());
      deliveredAt = owner.now();
    }
    List<Message<SubscriptionRequest>> requests = List.copyOf(waiting);
    waiting.clear();
    for (Message<SubscriptionRequest> request : requests) {
      if (cursor.isStarted()) {
        request.reply(cursor.last(), LOCAL);
      } else {
        request.fail(
            SubscriptionRequest.REDIS_UNAVAILABLE,
            answer.failed() ? CauseText.of(answer.cause()) : "the subscription has ended");
      }
    }
    catchUp();
  }

  /** Handles a message of the live channel. */
  void received(LiveMessage message) {
    if (cursor.accepts(message.position())) {
      owner.publish(this, message);
      delivered(message.position());
    } else {
      catchUp();
    }
  }

  /** Records that an event was published. If the next one fails, only the rest is read. */
  void published(@Nullable Position position) {
    if (position != null) {
      cursor.delivered(position);
    }
  }

  /** Records that everything up to this position was published. */
  private void delivered(Position position) {
    cursor.delivered(position);
    deliveredAt = owner.now();
  }

  void interrupted(Interruption interruption) {
    announced.add(interruption);
    owner.publish(account, interruption);
  }

  /** Reads what was missed while the account was interrupted. */
  void interruptionEnded(Gap gap) {
    if (!cursor.isStarted()) {
      // No client was accepted yet.
      announced.clear();
      return;
    }
    if (announced.removeIf(interruption -> interruption.isEndedBy(gap))) {
      healing.add(gap);
    }
    if (!counted) {
      counted = true;
      owner.healingBegan();
    }
    check();
  }

  /** Reads whether entries were missed. */
  void check() {
    cursor.expectMissing();
    catchUp();
  }

  /** Compares the newest position of the history with the last delivered one. */
  void compare(Position head) {
    Position last = cursor.last();
    if (last != null && !head.isSameEntry(last)) {
      check();
    }
  }

  /** Reads the next page, if the account is behind. */
  void catchUp() {
    if (!closed && cursor.isStarted() && cursor.isBehind()) {
      owner.behind(this);
      if (!reading) {
        reading = true;
        owner.read(account, cursor.request(), this::onPage);
      }
    }
  }

  private void onPage(AsyncResult<HistoryPage> answer) {
    reading = false;
    if (closed || answer.failed()) {
      return; // the next tick of the owner repeats it
    }
    HistoryPage page = answer.result();
    LiveCursor.Part part = cursor.part(page);
    if (part.lost()) {
      reportLost();
    }
    for (HistoryEntry entry : part.entries()) {
      if (!owner.guarded(() -> publish(entry))) {
        owner.reportFault(account);
      }
      delivered(entry.position());
    }
    cursor.ended(page, part);
    if (!cursor.isBehind()) {
      upToDate();
    } else if (!cursor.isStalled()) {
      catchUp();
    }
  }

  private void publish(HistoryEntry entry) {
    int published = 0;
    for (StreamItem item : entry.items()) {
      if (item instanceof Event event) {
        owner.publish(event);
        published++;
        published(event.position());
      } else {
        owner.publish(account, item);
      }
    }
    events += published;
    owner.count(account, published);
  }

  /** Publishes a gap in the place of entries that are no longer in the history. */
  private void reportLost() {
    lost = true;
    if (healing.isEmpty()) {
      owner.reportLost(account, deliveredAt);
    }
    healing.forEach(gap -> owner.publish(account, gap));
    healing.clear();
  }

  private void upToDate() {
    DualTimestamp now = owner.now();
    for (Gap gap : healing) {
      owner.publish(account, new Healed(gap.begin(), now, gap.cause(), events));
    }
    healing.clear();
    owner.upToDate(this);
    endHealing();
    events = 0;
    lost = false;
  }

  private void endHealing() {
    if (counted) {
      counted = false;
      owner.healingEnded(events, lost);
    }
  }

  /** Ends the account, because no hub uses it. */
  void close() {
    closed = true;
    waiting.forEach(
        request ->
            request.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "the subscription has ended"));
    waiting.clear();
    owner.upToDate(this);
    endHealing();
  }
}
