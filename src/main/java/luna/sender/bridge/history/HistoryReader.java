package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.LinkListener;
import luna.sender.bridge.RedisFailureReason;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.event.EventSchema;
import luna.sender.event.Gap;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.event.PayloadParser;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@link HistoryRequest}s for the accounts of one bridge. It has its own connection to
 * Redis, because large replies would delay events and probes.
 *
 * <p>How: each account has at most one read and one search at a time ({@link AccountReads}), and
 * all accounts together {@value #READS_LIMIT}. Accounts are served in turn. Pages are kept for a
 * short time ({@link PageCache}), so the number of reads does not grow with the number of clients.
 *
 * <p>Failover: a new master of Redis may lack the newest entries until the recorder restores them.
 * So an event that is not found soon after a reconnect is searched again for a while.
 *
 * <p>Errors: a request fails with {@link HistoryRequest#UNAVAILABLE} if Redis does not answer, and
 * with {@link HistoryRequest#BUSY} if {@value #WAITING_LIMIT} requests wait.
 *
 * <p>Owner: confined to its event loop.
 */
public final class HistoryReader extends VerticleBase
    implements LinkListener, AccountReads.Listener {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);
  private static final int READS_LIMIT = 16;
  private static final int WAITING_LIMIT = 20_000;

  /** Memory of the cached pages of all readers together. */
  private static final long CACHE_BYTES = 32L << 20;

  private static final Duration EVICTION_INTERVAL = Duration.ofMillis(500);

  private final RedisAddress address;
  private final HistorySettings history;
  private final int index;
  private final Metrics metrics;
  private final FaultGuard guard;
  private final EntryParser parser;
  private final PageCache cache;
  private final Map<String, AccountReads> accounts = new HashMap<>();

  /** Accounts with requests that are not served yet. */
  private final Set<AccountReads> ready = new LinkedHashSet<>();

  private @Nullable CommandLink link;
  private @Nullable StreamReads streams;

  /** When the connection was last established; 0 before the first time. */
  private long connectedNanos;

  /** Whether it was established again, perhaps to a new master. */
  private boolean reconnected;

  /** The number of reads and searches that have started. */
  private int running;

  /** The number of requests without an answer. */
  private int waiting;

  /**
   * @param events the attributes that filters test
   * @param index of the bridge whose accounts are served, from 0
   */
  public HistoryReader(
      RedisAddress address,
      HistorySettings history,
      EventSchema events,
      int index,
      Metrics metrics) {
    this.address = address;
    this.history = history;
    this.index = index;
    this.metrics = metrics;
    this.guard = metrics.guard();
    this.parser =
        new EntryParser(
            new PayloadParser(address.payloadLimitBytes(), events, true), metrics.gaps().clock());
    this.cache = new PageCache(CACHE_BYTES / address.bridges());
  }

  @Override
  public Future<?> start() {
    CommandLink started =
        CommandLink.of(vertx, guard, address, connection(), metrics.gaps().clock(), this);
    link = started;
    streams =
        new StreamReads(
            started, new HistoryKeys(address.channelPrefix()), history, address.commandTimeout());
    guard.<HistoryRequest>consumer(
        vertx, GuardedTask.HISTORY_READ, BusAddresses.history(index), this::onRequest);
    guard.periodic(vertx, GuardedTask.HISTORY_READ, EVICTION_INTERVAL, this::evict);
    metrics.redis().bridges().connecting(connection());
    started.start();
    return Future.succeededFuture();
  }

  private String connection() {
    return "history-" + index;
  }

  @Override
  public Future<?> stop() {
    if (link != null) {
      link.stop();
    }
    return Future.succeededFuture();
  }

  private void onRequest(Message<HistoryRequest> message) {
    HistoryRequest request = message.body();
    HistoryPage cached = cache.find(request.account(), request.range(), System.nanoTime());
    if (cached != null) {
      message.reply(cached, LOCAL);
    } else if (waiting >= WAITING_LIMIT) {
      message.fail(HistoryRequest.BUSY, "too many requests for the history");
    } else {
      AccountReads account =
          accounts.computeIfAbsent(
              request.account(),
              name ->
                  new AccountReads(
                      name, guard, Objects.requireNonNull(streams), parser, cache, this));
      account.add(message);
      waiting++;
      ready.add(account);
      startReads();
    }
  }

  private void startReads() {
    while (running < READS_LIMIT && !ready.isEmpty()) {
      AccountReads next = ready.iterator().next();
      ready.remove(next);
      // First: without a connection, a read ends before it returns.
      int started = next.start();
      running += started;
    }
  }

  @Override
  public void answered(int count) {
    waiting -= count;
  }

  /** After a failover of Redis, the recorder may restore the event. */
  @Override
  public boolean repeats(Message<HistoryRequest> request) {
    if (!reconnected || System.nanoTime() - connectedNanos > HistoryPage.RESTORE_LIMIT.toNanos()) {
      return false;
    }
    guard.timer(
        vertx, GuardedTask.HISTORY_READ, HistoryPage.RESTORE_RETRY, () -> onRequest(request));
    return true;
  }

  @Override
  public void ended(AccountReads account) {
    running--;
    if (account.isReady()) {
      ready.add(account);
    }
    vertx.runOnContext(guard.handler(GuardedTask.HISTORY_READ, now -> startReads()));
  }

  private void evict() {
    cache.evict(System.nanoTime());
    accounts.values().removeIf(each -> each.isIdle() && !cache.has(each.account()));
  }

  @Override
  public void connected() {
    metrics.redis().bridges().attempted(connection());
    reconnected = connectedNanos != 0;
    connectedNanos = System.nanoTime();
    vertx.eventBus().publish(BusAddresses.historyConnected(index), null, LOCAL);
  }

  @Override
  public void lost(Gap.Cause cause) {}

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
    metrics.redis().bridges().attempted(connection());
  }

  @Override
  public void received(Response response) {}
}
