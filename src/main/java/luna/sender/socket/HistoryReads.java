package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.event.Gap;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest;

/**
 * Requests pages of the history over the event bus.
 *
 * <p>Errors: {@link HistoryUnavailable} if Redis does not answer, or if too many requests wait.
 *
 * <p>Owner: immutable; a future completes on the context that made the request.
 */
public final class HistoryReads {
  private final Vertx vertx;
  private final int bridges;

  /** Whether only some accounts have a recorder. */
  private final boolean sharded;

  private final Set<String> recorded;
  private final DeliveryOptions options;

  public HistoryReads(Vertx vertx, RedisAddress redis, HistorySettings history) {
    this.vertx = vertx;
    this.sharded = redis.cluster().sharded();
    this.recorded = Set.copyOf(history.recordAccounts());
    this.bridges = redis.bridges();
    // The reader has a queue of its own, and reports timeouts of Redis.
    this.options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(2 * redis.commandTimeout().toMillis());
  }

  /**
   * Reads a page. If its position may be restored, the read is repeated for a while. If nobody
   * records the account, its events are missing: the outcome is {@link Outcome#EXPIRED}.
   *
   * @param account lower-case UUID
   */
  public Future<HistoryPage> read(String account, HistoryRequest.Range range) {
    return range instanceof HistoryRequest.After after
        ? read(account, after, System.nanoTime())
        : request(account, range);
  }

  private Future<HistoryPage> read(String account, HistoryRequest.After range, long beganNanos) {
    return request(account, range)
        .compose(
            page ->
                page.mayBeRestored(range.position())
                        && System.nanoTime() - beganNanos < HistoryPage.RESTORE_LIMIT.toNanos()
                    ? vertx
                        .timer(HistoryPage.RESTORE_RETRY.toMillis(), TimeUnit.MILLISECONDS)
                        .compose(due -> read(account, range, beganNanos))
                    : Future.succeededFuture(page));
  }

  private Future<HistoryPage> request(String account, HistoryRequest.Range range) {
    return vertx
        .eventBus()
        .<HistoryPage>request(
            BusAddresses.history(BusAddresses.bridgeOf(account, bridges)),
            new HistoryRequest(account, range),
            options)
        .map(reply -> checked(account, range, reply.body()))
        .recover(failure -> Future.failedFuture(explained(failure)));
  }

  private HistoryPage checked(String account, HistoryRequest.Range range, HistoryPage page) {
    return range instanceof HistoryRequest.Head || mayBeRecorded(account, page)
        ? page
        : new HistoryPage(
            page.entries(), page.start(), page.head(), page.more(), Outcome.EXPIRED, Gap.UNKNOWN);
  }

  /**
   * Returns whether a recorder or a publisher appends the account's events. Sharded channels are
   * recorded only for some accounts; the others depend on their publishers.
   */
  private boolean mayBeRecorded(String account, HistoryPage page) {
    return !sharded || recorded.contains(account) || page.head().number() > 0;
  }

  private static Throwable explained(Throwable failure) {
    if (!(failure instanceof ReplyException reply)) {
      return failure;
    }
    return reply.failureCode() == HistoryRequest.BUSY
        ? new HistoryUnavailable("Too many requests wait for the history", true)
        : new HistoryUnavailable("Redis is unavailable: the history could not be read", false);
  }
}
