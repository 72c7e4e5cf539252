package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The size of a stream.
 *
 * @param bytes as Redis estimates them
 */
record StreamSize(long entries, long bytes) {
  /** Reads the size; 0 if the stream does not exist. */
  static Future<StreamSize> read(Function<Request, Future<Response>> send, String stream) {
    return Future.all(
            send.apply(Request.cmd(Command.XLEN).arg(stream)),
            send.apply(Request.cmd(Command.MEMORY).arg("USAGE").arg(stream)))
        .map(both -> new StreamSize(number(both.resultAt(0)), number(both.resultAt(1))));
  }

  private static long number(@Nullable Response response) {
    return response == null ? 0 : response.toLong();
  }
}
