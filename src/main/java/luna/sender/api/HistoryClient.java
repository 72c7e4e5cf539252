package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;

/**
 * Reads the history of accounts over the event bus.
 *
 * <p>Errors: {@link ApiError#UNAVAILABLE} if Redis does not answer, {@link ApiError#FULL} if too
 * many requests are queued.
 *
 * <p>Owner: confined to its event loop.
 */
final class HistoryClient {
  private final Vertx vertx;
  private final int bridges;
  private final DeliveryOptions options;

  HistoryClient(Vertx vertx, Config config) {
    this.vertx = vertx;
    this.bridges = config.redis().bridges();
    // Requests may be queued, so this is longer than the time for one command.
    this.options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(2 * config.redis().commandTimeout().toMillis());
  }

  /**
   * @param account lower-case UUID
   */
  Future<HistoryPage> read(String account, HistoryRequest.Range range) {
    return vertx
        .eventBus()
        .<HistoryPage>request(
            BusAddresses.history(BusAddresses.bridgeOf(account, bridges)),
            new HistoryRequest(account, range),
            options)
        .map(Message::body)
        .recover(failure -> Future.failedFuture(error(failure)));
  }

  private static Throwable error(Throwable failure) {
    if (!(failure instanceof ReplyException reply)) {
      return failure;
    }
    return reply.failureCode() == HistoryRequest.BUSY
        ? new ApiException(ApiError.FULL, "Too many requests for the history are queued")
        : new ApiException(
            ApiError.UNAVAILABLE, "Redis is unavailable: the history could not be read");
  }
}
