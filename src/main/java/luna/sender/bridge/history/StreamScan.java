package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import luna.sender.bridge.HistoryKeys;
import luna.sender.event.Uuid;

/** Finds the accounts that have a history, by SCAN. */
final class StreamScan {
  private static final int PAGE = 1000;

  private final List<Function<Request, Future<Response>>> masters;
  private final String before;
  private final String after;

  /**
   * @param masters for each master, a function that sends a command to it
   */
  StreamScan(List<Function<Request, Future<Response>>> masters, HistoryKeys names) {
    this.masters = List.copyOf(masters);
    String[] parts = names.stream("\n").split("\n", -1);
    this.before = parts[0];
    this.after = parts[1];
  }

  /** Passes the accounts page by page to {@code next}. An account may be passed twice. */
  Future<Void> forEachPage(Function<List<String>, Future<Void>> next) {
    Future<Void> scanned = Future.succeededFuture();
    for (Function<Request, Future<Response>> master : masters) {
      scanned = scanned.compose(done -> scan(master, "0", next));
    }
    return scanned;
  }

  private Future<Void> scan(
      Function<Request, Future<Response>> send,
      String cursor,
      Function<List<String>, Future<Void>> next) {
    Request request =
        Request.cmd(Command.SCAN)
            .arg(cursor)
            .arg("MATCH")
            .arg(pattern(before) + "*" + pattern(after))
            .arg("COUNT")
            .arg(PAGE);
    return send.apply(request)
        .compose(
            answer -> {
              List<String> accounts =
                  StreamSupport.stream(answer.get(1).spliterator(), false)
                      .map(Response::toString)
                      .map(key -> key.substring(before.length(), key.length() - after.length()))
                      .filter(Uuid::is)
                      .toList();
              String following = answer.get(0).toString();
              return next.apply(accounts)
                  .compose(
                      done ->
                          following.equals("0")
                              ? Future.succeededFuture()
                              : scan(send, following, next));
            });
  }

  /** Escapes what has a meaning in a pattern of Redis. */
  private static String pattern(String text) {
    StringBuilder pattern = new StringBuilder();
    for (char c : text.toCharArray()) {
      if ("*?[]\\^".indexOf(c) >= 0) {
        pattern.append('\\');
      }
      pattern.append(c);
    }
    return pattern.toString();
  }
}
