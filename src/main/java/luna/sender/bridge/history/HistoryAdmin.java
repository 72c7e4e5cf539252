package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.function.Function;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.RedisErrors;
import luna.sender.config.RedisAddress;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * Shows and deletes the history of one account, over one connection per call.
 *
 * <p>Errors: a failed future with the error of Redis or the network.
 *
 * <p>Owner: confined to one event loop.
 */
public final class HistoryAdmin {
  private final BriefConnection connection;
  private final HistoryKeys keys;

  public HistoryAdmin(Vertx vertx, RedisAddress address) {
    this.connection = new BriefConnection(vertx, address);
    this.keys = new HistoryKeys(address.channelPrefix());
  }

  /**
   * What Redis has of an account.
   *
   * @param bytes memory of the stream, as Redis estimates it
   * @param newest null if the account has no history
   * @param oldestMillis the time of the oldest entry; 0 if there is none
   */
  public record Summary(long entries, long bytes, @Nullable Position newest, long oldestMillis) {}

  /** Returns what Redis has of an account. */
  public Future<Summary> show(String account) {
    String stream = keys.stream(account);
    return connected(
        stream,
        send ->
            Future.all(
                    StreamSize.read(send, stream),
                    send.apply(StreamReads.state(keys.state(account))),
                    send.apply(StreamReads.entries(Command.XRANGE, stream, "-", "+", 1)))
                .map(all -> summary(all.resultAt(0), all.resultAt(1), all.resultAt(2))));
  }

  private static Summary summary(StreamSize size, Response state, Response oldest) {
    return new Summary(size.entries(), size.bytes(), StreamReads.position(state), oldest(oldest));
  }

  /**
   * Deletes the events of an account. Its numbers continue, so a client that resumes from before
   * gets the outcome {@code partial}.
   *
   * @return the number of deleted payloads
   */
  public Future<Long> delete(String account) {
    String stream = keys.stream(account);
    return connected(
        stream,
        send ->
            Future.all(
                    StreamSize.read(send, stream), send.apply(Request.cmd(Command.DEL).arg(stream)))
                .map(all -> all.<StreamSize>resultAt(0).entries()));
  }

  private <T> Future<T> connected(
      String key, Function<Function<Request, Future<Response>>, Future<T>> work) {
    return connection
        .run(key, work)
        .recover(failure -> Future.failedFuture(RedisErrors.text(failure)));
  }

  private static long oldest(@Nullable Response entries) {
    if (entries == null || entries.size() == 0) {
      return 0;
    }
    String id = entries.get(0).get(0).toString();
    return Long.parseLong(id.substring(0, id.indexOf('-')));
  }
}
