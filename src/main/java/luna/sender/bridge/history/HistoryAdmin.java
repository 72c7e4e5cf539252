package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.RedisClients;
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
  private final Vertx vertx;
  private final RedisAddress address;
  private final HistoryKeys keys;

  public HistoryAdmin(Vertx vertx, RedisAddress address) {
    this.vertx = vertx;
    this.address = address;
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
        redis ->
            Future.all(
                    redis.ask(Request.cmd(Command.XLEN).arg(stream)),
                    redis.ask(Request.cmd(Command.MEMORY).arg("USAGE").arg(stream)),
                    redis.ask(StreamReads.state(keys.state(account))),
                    redis.ask(StreamReads.entries(Command.XRANGE, stream, "-", "+", 1)))
                .map(
                    all ->
                        new Summary(
                            number(all.resultAt(0)),
                            number(all.resultAt(1)),
                            StreamReads.position(all.resultAt(2)),
                            oldest(all.resultAt(3)))));
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
        redis ->
            Future.all(
                    redis.ask(Request.cmd(Command.XLEN).arg(stream)),
                    redis.ask(Request.cmd(Command.DEL).arg(stream)))
                .map(all -> number(all.resultAt(0))));
  }

  /** Sends commands over an open connection. */
  private interface Redis {
    Future<Response> ask(Request request);
  }

  /** Work over an open connection. */
  private interface Work<T> {
    Future<T> run(Redis redis);
  }

  private <T> Future<T> connected(Work<T> work) {
    return new RedisClients(vertx, address)
        .open()
        .compose(
            open ->
                work.run(
                        request ->
                            open.connection()
                                .send(request)
                                .timeout(
                                    address.commandTimeout().toMillis(), TimeUnit.MILLISECONDS))
                    .onComplete(done -> open.close()))
        .recover(failure -> Future.failedFuture(RedisErrors.text(failure)));
  }

  private static long number(@Nullable Response response) {
    return response == null ? 0 : response.toLong();
  }

  private static long oldest(@Nullable Response entries) {
    if (entries == null || entries.size() == 0) {
      return 0;
    }
    String id = entries.get(0).get(0).toString();
    return Long.parseLong(id.substring(0, id.indexOf('-')));
  }
}
