package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import luna.sender.config.HistorySettings;
import luna.sender.event.BusAddresses;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.Interruption;
import luna.sender.event.Position;
import luna.sender.event.StreamItem;
import luna.sender.event.SubscriptionRequest;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GapLedger;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;

/**
 * The accounts of a bridge that are subscribed with history. A lost connection is healed: what was
 * missed is read from the history, and no gap is reported.
 *
 * <p>See: {@link LiveCursor} has the rule by which entries are delivered; {@code
 * bridge.history.HistoryReader} reads.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class LiveAccounts {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /** How often all accounts are compared with their history in a Cluster, at least. */
  private static final Duration CLUSTER_COMPARISON = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Metrics metrics;
  private final HistoryKeys keys;
  private final HistorySettings history;
  private final String readerAddress;
  private final String readerConnected;
  private final boolean clusterBus;
  private final DeliveryOptions requestOptions;
  private final Publisher publisher;
  private final Map<String, LiveAccount> byAccount = new HashMap<>();

  /** Accounts whose missed entries are being read. */
  private final Set<LiveAccount> behind = new LinkedHashSet<>();

  /** Ledger entries that end when the accounts are up to date. */
  private final List<GapLedger.Entry> endedGaps = new ArrayList<>();

  /** The number of accounts that are being healed. */
  private int healing;

  /** The events that were read for them. */
  private long healedEvents;

  /** Whether one of them has lost entries. */
  private boolean lost;

  private long retryTimer = -1;
  private long headTimer = -1;
  private final RateLimitedLog log = RateLimitedLog.of(LiveAccounts.class);

  /** Publishes events on the event bus. */
  interface Publisher {
    /** Parses a payload and publishes its events. */
    void payload(LiveAccount account, byte[] payload, Position position);

    void event(Event event);
  }

  /**
   * @param bridge the index of the bridge
   * @param readTimeout the timeout of one read
   * @param clusterBus whether the nodes of a Cluster forward messages to each other. Messages of a
   *     failed node can then be missing although the subscription continues.
   */
  LiveAccounts(
      Vertx vertx,
      Metrics metrics,
      HistoryKeys keys,
      HistorySettings history,
      int bridge,
      Duration readTimeout,
      boolean clusterBus,
      Publisher publisher) {
    this.vertx = vertx;
    this.guard = metrics.guard();
    this.metrics = metrics;
    this.keys = keys;
    this.history = history;
    this.readerAddress = BusAddresses.history(bridge);
    this.readerConnected = BusAddresses.historyConnected(bridge);
    this.clusterBus = clusterBus;
    this.requestOptions =
        new DeliveryOptions().setLocalOnly(true).setSendTimeout(readTimeout.toMillis() + 1000);
    this.publisher = publisher;
  }

  void start() {
    retryTimer =
        guard.periodic(
            vertx,
            GuardedTask.HISTORY_READ,
            HistoryPage.RESTORE_RETRY,
            () -> List.copyOf(behind).forEach(LiveAccount::catchUp));
    Duration retentionPart = history.retention().dividedBy(4);
    boolean often = clusterBus && retentionPart.compareTo(CLUSTER_COMPARISON) > 0;
    headTimer =
        guard.periodic(
            vertx,
            GuardedTask.HISTORY_READ,
            often ? CLUSTER_COMPARISON : retentionPart,
            this::compareAll);
    if (clusterBus) {
      guard.consumer(vertx, GuardedTask.HISTORY_READ, readerConnected, connected -> compareAll());
    }
  }

  void stop() {
    vertx.cancelTimer(retryTimer);
    vertx.cancelTimer(headTimer);
  }

  String channel(String account) {
    return keys.live(account);
  }

  void acquire(String account, int hub) {
    byAccount.computeIfAbsent(account, name -> new LiveAccount(name, this)).hubs.add(hub);
  }

  void release(String account, int hub) {
    LiveAccount live = byAccount.get(account);
    if (live != null) {
      live.hubs.remove(hub);
      if (live.hubs.isEmpty()) {
        byAccount.remove(account);
        live.close();
      }
    }
  }

  /** Replies to a subscribe request, because Redis has confirmed the subscription. */
  void confirmed(String account, Message<SubscriptionRequest> request) {
    LiveAccount live = byAccount.get(account);
    if (live == null) {
      request.fail(SubscriptionRequest.REDIS_UNAVAILABLE, "the subscription has ended");
    } else {
      live.confirmed(request);
    }
  }

  /** Handles a message of a live channel. */
  void received(String channel, byte[] bytes) {
    LiveAccount live = byAccount.get(keys.account(channel));
    if (live == null) {
      return;
    }
    LiveMessage message = LiveMessage.parse(bytes);
    if (message == null) {
      log.atWarn("position")
          .addKeyValue("account", live.account)
          .log("A message on a live channel has no position; it is ignored");
    } else {
      live.received(message);
    }
  }

  void interrupted(String account, Interruption interruption) {
    LiveAccount live = byAccount.get(account);
    if (live != null) {
      live.interrupted(interruption);
    }
  }

  void interruptionEnded(String account, Gap gap) {
    LiveAccount live = byAccount.get(account);
    if (live != null) {
      live.interruptionEnded(gap);
    }
  }

  /** Ends an entry of the ledger when all accounts are up to date. */
  void ledgerGapEnded(GapLedger.Entry entry) {
    endedGaps.add(entry);
    closeEndedGaps();
  }

  void healingBegan() {
    healing++;
  }

  /** Records that an account is up to date. */
  void healingEnded(long events, boolean accountLost) {
    healing--;
    healedEvents += events;
    lost |= accountLost;
    closeEndedGaps();
  }

  private void closeEndedGaps() {
    if (healing > 0 || endedGaps.isEmpty()) {
      return;
    }
    for (GapLedger.Entry entry : endedGaps) {
      if (lost) {
        metrics.gaps().close(entry, now(), Gap.UNKNOWN);
      } else {
        metrics.gaps().heal(entry, now(), healedEvents);
      }
    }
    endedGaps.clear();
    healedEvents = 0;
    lost = false;
  }

  /** Reads the newest positions. This also keeps the state of each account alive in Redis. */
  private void compareAll() {
    for (LiveAccount live : List.copyOf(byAccount.values())) {
      read(
          live.account,
          new HistoryRequest.Head(),
          answer -> {
            if (answer.succeeded() && byAccount.get(live.account) == live) {
              live.compare(answer.result().head());
            }
          });
    }
  }

  DualTimestamp now() {
    return metrics.gaps().clock().now();
  }

  void read(String account, HistoryRequest.Range range, Handler<AsyncResult<HistoryPage>> answer) {
    guard.<HistoryPage>ask(
        GuardedTask.HISTORY_READ,
        () ->
            vertx
                .eventBus()
                .<HistoryPage>request(
                    readerAddress, new HistoryRequest(account, range), requestOptions)
                .map(Message::body),
        answer);
  }

  /** Adds an account that misses entries. Its read is repeated until it is up to date. */
  void behind(LiveAccount account) {
    if (behind.add(account)) {
      metrics.events().healing(1);
    }
  }

  void upToDate(LiveAccount account) {
    if (behind.remove(account)) {
      metrics.events().healing(-1);
    }
  }

  boolean guarded(Runnable publish) {
    return guard.run(GuardedTask.PAYLOAD, publish);
  }

  /** Publishes a live message. */
  void publish(LiveAccount live, LiveMessage message) {
    if (message.gap()) {
      Instant time = Instant.ofEpochMilli(message.position().millis());
      publish(live.account, RecordedGap.parse(message.text(), time, metrics.gaps().clock()));
    } else {
      publisher.payload(live, message.text(), message.position());
    }
  }

  void publish(Event event) {
    publisher.event(event);
  }

  void publish(String account, StreamItem item) {
    vertx.eventBus().publish(BusAddresses.events(account), item, LOCAL);
  }

  /** Counts the events of a payload that was read from the history. */
  void count(String account, int events) {
    metrics.events().healed(events);
    metrics.accounts().events(account, events);
  }

  /** Reports that entries after the last delivered one are no longer in the history. */
  void reportLost(String account, DualTimestamp from) {
    reportGap(account, new Gap(from, now(), Gap.Cause.HISTORY_TRIMMED, Gap.UNKNOWN));
  }

  /** Reports that the events of an entry could not be published. */
  void reportFault(String account) {
    DualTimestamp now = now();
    reportGap(account, new Gap(now, now, Gap.Cause.FAULT, Gap.UNKNOWN));
  }

  private void reportGap(String account, Gap gap) {
    publish(account, gap);
    GapLedger.Entry entry = metrics.gaps().open(gap.cause(), gap.begin(), List.of(account));
    metrics.gaps().close(entry, gap.end(), gap.dropped());
  }
}
