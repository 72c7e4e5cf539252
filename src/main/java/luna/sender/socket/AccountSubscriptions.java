package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjLongConsumer;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.Position;
import luna.sender.event.SubscriptionRequest;
import luna.sender.filter.EventFilter;
import luna.sender.metrics.Metrics;

/**
 * The accounts of one event loop, each subscribed on the bridge while a session or a handshake
 * refers to it.
 *
 * <p>How: an account is subscribed from its first handshake until {@code SUBSCRIPTION_LINGER} after
 * its last session ends, so reconnecting costs Redis nothing. At most {@value #LINGERING_LIMIT}
 * accounts without sessions stay subscribed.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class AccountSubscriptions {
  private static final AtomicInteger IDS = new AtomicInteger();

  /**
   * Bounds memory: each account takes some kilobytes, and a client without a token can create one
   * per handshake.
   */
  private static final int LINGERING_LIMIT = 1000;

  private final int id = IDS.incrementAndGet();
  private final Vertx vertx;
  private final Config config;
  private final Metrics metrics;
  private final HubFaults faults;
  private final Budget queues;
  private final Budget backlogs;
  private final RoundRobinScheduler scheduler;
  private final ObjLongConsumer<String> filterGrowth;
  private final DeliveryOptions request;
  private final Map<String, AccountSessions> accounts = new HashMap<>();

  /** The number of accounts without sessions that are still subscribed. */
  private int lingering;

  /** Whether new sessions are rejected. */
  private boolean stopping;

  AccountSubscriptions(
      Vertx vertx,
      Config config,
      Metrics metrics,
      HubFaults faults,
      Budget queues,
      Budget backlogs,
      RoundRobinScheduler scheduler,
      ObjLongConsumer<String> filterGrowth) {
    this.vertx = vertx;
    this.config = config;
    this.metrics = metrics;
    this.faults = faults;
    this.queues = queues;
    this.backlogs = backlogs;
    this.scheduler = scheduler;
    this.filterGrowth = filterGrowth;
    this.request =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis());
  }

  /** Returns all subscribed accounts; the collection changes with them. */
  Collection<AccountSessions> all() {
    return accounts.values();
  }

  /** Rejects all further handshakes, and ends the requests that wait for an event. */
  void stop() {
    stopping = true;
    for (AccountSessions sessions : List.copyOf(accounts.values())) {
      List.copyOf(sessions.waits).forEach(EventWait::end);
    }
  }

  /**
   * Acquires an account for a handshake. Succeeds when Redis has confirmed the subscription. The
   * reference passes to the session in {@link SessionRegistry#add}, or ends with {@link #release}.
   */
  Future<AccountSessions> acquire(String account) {
    if (stopping) {
      return goingAway();
    }
    AccountSessions sessions = accounts.computeIfAbsent(account, this::createAccount);
    sessions.references++;
    if (vertx.cancelTimer(sessions.lingerTimer)) {
      lingering--;
    }
    sessions.lingerTimer = -1;
    Future<AccountSessions> acquired;
    try {
      acquired =
          requestSubscription(account, true)
              .onSuccess(
                  reply -> {
                    if (reply.body() instanceof Position head) {
                      sessions.live.subscribed(head);
                    }
                  })
              // A stop that began meanwhile has already closed all sessions and would miss this
              // one.
              .compose(here -> stopping ? goingAway() : Future.succeededFuture(sessions));
    } catch (Throwable fault) {
      acquired = Future.failedFuture(fault);
    }
    return acquired.onFailure(failure -> release(sessions));
  }

  private static Future<AccountSessions> goingAway() {
    return Future.failedFuture(
        new ReplyException(
            ReplyFailure.RECIPIENT_FAILURE,
            SubscriptionRequest.STOPPING,
            "this node is going away"));
  }

  /**
   * Returns the memory that a filter of the account would need; 0 if a session on this hub has an
   * equal filter.
   */
  long filterBytes(String account, EventFilter filter) {
    AccountSessions existing = accounts.get(account);
    return existing != null && existing.sessions.has(filter) ? 0 : filter.estimatedBytes();
  }

  /**
   * Releases one reference. After the last one, the account is unsubscribed when the linger time is
   * over.
   */
  void release(AccountSessions sessions) {
    if (--sessions.references > 0) {
      return;
    }
    long linger = config.ws().subscriptionLinger().toMillis();
    if (linger == 0 || lingering == LINGERING_LIMIT) {
      unsubscribe(sessions);
    } else {
      try {
        sessions.lingerTimer =
            vertx.setTimer(
                linger,
                timer -> {
                  lingering--;
                  unsubscribe(sessions);
                });
        lingering++;
      } catch (Throwable fault) {
        // Without a timer, the account would stay subscribed indefinitely.
        faults.caught(Step.END, sessions, fault);
        unsubscribe(sessions);
      }
    }
  }

  private void unsubscribe(AccountSessions sessions) {
    accounts.remove(sessions.account, sessions);
    Future<?> answer;
    try {
      answer = requestSubscription(sessions.account, false);
    } catch (Throwable fault) {
      faults.caught(Step.END, sessions, fault);
      answer = Future.failedFuture(fault);
    }
    answer.onComplete(
        answered -> {
          try {
            if (sessions.consumer != null) {
              sessions.consumer.unregister();
            }
            scheduler.endShedding(sessions);
          } finally {
            metrics.accounts().release(sessions.counters);
          }
        });
  }

  private AccountSessions createAccount(String account) {
    AccountSessions sessions =
        new AccountSessions(
            account,
            metrics.accounts().acquire(account),
            queues.new Part(),
            backlogs.new Part(),
            growth -> filterGrowth.accept(account, growth));
    sessions.consumer =
        vertx
            .eventBus()
            .localConsumer(
                BusAddresses.events(account),
                message -> scheduler.submit(sessions, message.body()));
    return sessions;
  }

  private Future<Message<Object>> requestSubscription(String account, boolean wanted) {
    int bridge = BusAddresses.bridgeOf(account, config.redis().bridges());
    return vertx
        .eventBus()
        .request(
            BusAddresses.subscriptionRequests(bridge),
            new SubscriptionRequest(account, id, wanted),
            request);
  }
}
