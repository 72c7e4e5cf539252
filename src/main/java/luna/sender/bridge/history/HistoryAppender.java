package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.RedisPublisher;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;

/**
 * Appends payloads to the history of one account, and so publishes them. No recorder is needed.
 *
 * <p>Errors: a failed future with the error of Redis.
 *
 * <p>Owner: thread-safe.
 */
public final class HistoryAppender {
  private final RedisPublisher redis;
  private final HistorySettings settings;
  private final HistoryKeys names;
  private final String account;
  private final String command;

  /**
   * @param account a lower-case UUID
   */
  public HistoryAppender(
      Vertx vertx, RedisAddress address, HistorySettings settings, String account) {
    this.settings = settings;
    this.names = new HistoryKeys(address.channelPrefix());
    this.account = account;
    this.command = address.cluster().sharded() ? "SPUBLISH" : "PUBLISH";
    this.redis = new RedisPublisher(vertx, address, account, names.stream(account));
  }

  /** Returns the text of the script, for publishers that call it themselves. */
  public static String script() {
    return Script.APPEND.text();
  }

  /** Returns the name of the stream. */
  public String stream() {
    return names.stream(account);
  }

  /** Connects, and loads the script, so that the first calls keep their order. */
  public Future<Void> start() {
    return redis.start().compose(connected -> Script.APPEND.load(redis::send)).mapEmpty();
  }

  /** Appends a payload. Calls of one thread keep their order. Returns its position. */
  public Future<String> append(byte[] payload) {
    return Script.APPEND
        .call(
            redis::send,
            List.of(names.stream(account), names.state(account)),
            List.of(
                payload,
                names.live(account),
                settings.maxEvents(),
                settings.retention().toMillis(),
                command))
        .map(Object::toString);
  }

  public Future<Void> stop() {
    return redis.stop();
  }
}
