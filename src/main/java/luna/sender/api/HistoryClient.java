package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import luna.sender.config.Config;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryRequest;
import luna.sender.socket.HistoryReads;

/**
 * Reads the history of accounts, and explains failures to the client.
 *
 * <p>Errors: {@link ApiError#UNAVAILABLE} if Redis does not answer, {@link ApiError#FULL} if too
 * many requests are queued.
 *
 * <p>Owner: confined to its event loop.
 */
final class HistoryClient {
  private final HistoryReads reads;

  HistoryClient(Vertx vertx, Config config) {
    this.reads = new HistoryReads(vertx, config.redis());
  }

  /**
   * @param account lower-case UUID
   */
  Future<HistoryPage> read(String account, HistoryRequest.Range range) {
    return reads.read(account, range).recover(failure -> Future.failedFuture(error(failure)));
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
