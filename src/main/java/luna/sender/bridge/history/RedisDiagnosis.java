package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import luna.sender.bridge.RedisErrors;
import luna.sender.config.RedisAddress;

/**
 * What each master of Redis says about itself: its state, its subscribers, and the limits of their
 * output buffers. It has no event and no key.
 *
 * <p>Errors: the future fails if Redis cannot be reached. A command that the user may not run has
 * the error of Redis as its text.
 *
 * <p>Owner: confined to one event loop.
 */
public final class RedisDiagnosis {
  /** Each command by its text. */
  private static final Map<String, Request> COMMANDS = commands();

  private final BriefConnection connection;

  public RedisDiagnosis(Vertx vertx, RedisAddress address) {
    this.connection = new BriefConnection(vertx, address);
  }

  private static Map<String, Request> commands() {
    Map<String, Request> commands = new LinkedHashMap<>();
    commands.put("INFO", Request.cmd(Command.INFO));
    commands.put("ROLE", Request.cmd(Command.ROLE));
    commands.put(
        "CONFIG GET client-output-buffer-limit",
        Request.cmd(Command.CONFIG).arg("GET").arg("client-output-buffer-limit"));
    commands.put(
        "CLIENT LIST TYPE pubsub",
        Request.cmd(Command.CLIENT).arg("LIST").arg("TYPE").arg("pubsub"));
    commands.put("LATENCY LATEST", Request.cmd(Command.LATENCY).arg("LATEST"));
    commands.put("SLOWLOG LEN", Request.cmd(Command.SLOWLOG).arg("LEN"));
    return commands;
  }

  /** Returns the responses of each master, in order, by command. */
  public Future<Map<String, String>> collect() {
    Map<String, String> texts = new LinkedHashMap<>();
    int[] masters = {0};
    return connection
        .runAtEachMaster(
            send -> {
              int master = ++masters[0];
              Future<Void> done = Future.succeededFuture();
              for (Map.Entry<String, Request> each : COMMANDS.entrySet()) {
                String title = (master == 1 ? "" : "master " + master + ": ") + each.getKey();
                done =
                    done.compose(
                        before ->
                            text(send, each.getValue())
                                .map(
                                    text -> {
                                      texts.put(title, text);
                                      return null;
                                    }));
              }
              return done;
            })
        .map(texts)
        .recover(failure -> Future.failedFuture(RedisErrors.text(failure)));
  }

  private static Future<String> text(Function<Request, Future<Response>> send, Request request) {
    return send.apply(request)
        .map(String::valueOf)
        .otherwise(failure -> "error: " + failure.getMessage());
  }
}
