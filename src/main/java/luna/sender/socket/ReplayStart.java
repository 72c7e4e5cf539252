package luna.sender.socket;

import io.vertx.core.Future;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;
import luna.sender.event.HistoryPage;

/**
 * Begins the replays of one event loop: waits for a slot and reads the first page, so that the 101
 * can name the outcome.
 *
 * <p>Errors: {@link HistoryUnavailable}, or {@link ClosedChannelException} if the client has
 * disconnected.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class ReplayStart {
  private final ReplayContext context;

  ReplayStart(ReplayContext context) {
    this.context = context;
  }

  ReplayContext context() {
    return context;
  }

  /**
   * Returns the first page. The caller has a slot then, which it must release.
   *
   * @param left returns whether the client has disconnected
   */
  Future<HistoryPage> begin(String account, SubscribeOptions options, BooleanSupplier left) {
    return context
        .slots()
        .acquire(context.vertx())
        .compose(
            acquired -> {
              Future<HistoryPage> page;
              try {
                page =
                    left.getAsBoolean()
                        ? Future.failedFuture(new ClosedChannelException())
                        : firstPage(account, options);
              } catch (Throwable fault) {
                page = Future.failedFuture(fault);
              }
              return page.onFailure(failure -> context.slots().release());
            });
  }

  private Future<HistoryPage> firstPage(String account, SubscribeOptions options) {
    Start start = options.start();
    if (start instanceof Start.From from) {
      return context.reads().read(account, from.range());
    }
    if (start instanceof Start.Last last) {
      return new LastEvents(
              context.vertx(), context.reads(), account, options.filter(), last.events())
          .firstPage();
    }
    throw new IllegalStateException("start: " + start + " (expected: one in the history)");
  }
}
