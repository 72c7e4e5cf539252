package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The state and the last entries of an account's stream.
 *
 * @param epoch the epoch; null if the account has no history
 * @param number the number of the newest entry, which can have been removed
 * @param id its ID; empty if the account has no history
 * @param entries the last entries, oldest first
 */
record HistoryTail(@Nullable String epoch, long number, String id, List<Entry> entries) {
  private static final int PAGE = 1000;

  /**
   * An entry of the stream.
   *
   * @param text the payload, or the text of the gap
   */
  record Entry(String id, long number, boolean gap, byte[] text) {}

  /** Returns the time of the newest entry in milliseconds; 0 if there was none. */
  long millis() {
    return number == 0 ? 0 : Long.parseLong(id.substring(0, id.indexOf('-')));
  }

  /** Returns the newest position; null if the account has no history. */
  @Nullable Position head() {
    return epoch == null ? null : Position.parse(epoch + "-" + number + "-" + id);
  }

  /**
   * Reads the entries back to {@code from}, and at least {@code count} of them.
   *
   * @param from the ID of an entry, or its time in milliseconds
   */
  static Future<HistoryTail> read(
      Function<Request, Future<Response>> send, RecordedAccount account, String from, int count) {
    Future<Response> state = send.apply(StreamReads.state(account.state()));
    List<Entry> entries = new ArrayList<>();
    return readBackwards(send, account, "+", from, count, entries)
        .compose(read -> state)
        .map(
            answer -> {
              Collections.reverse(entries);
              Response epoch = answer.get(0);
              return epoch == null
                  ? new HistoryTail(null, 0, "", entries)
                  : new HistoryTail(
                      epoch.toString(), answer.get(1).toLong(), answer.get(2).toString(), entries);
            });
  }

  private static Future<Void> readBackwards(
      Function<Request, Future<Response>> send,
      RecordedAccount account,
      String last,
      String from,
      int count,
      List<Entry> entries) {
    String first = entries.size() < count ? "-" : from;
    int page = entries.size() < count ? Math.min(PAGE, count - entries.size()) : PAGE;
    return send.apply(StreamReads.entries(Command.XREVRANGE, account.stream(), last, first, page))
        .compose(
            answer -> {
              answer.forEach(entry -> entries.add(entry(entry)));
              if (answer.size() < page) {
                return Future.succeededFuture();
              }
              String oldest = entries.get(entries.size() - 1).id();
              return readBackwards(send, account, "(" + oldest, from, count, entries);
            });
  }

  private static Entry entry(Response entry) {
    Response fields = entry.get(1);
    return new Entry(
        entry.get(0).toString(),
        fields.get(1).toLong(),
        fields.get(2).toString().equals("g"),
        fields.get(3).toBytes());
  }
}
