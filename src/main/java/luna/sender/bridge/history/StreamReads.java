package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.HistorySettings;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stream of an account, and its state.
 *
 * <p>How: the commands of one read are pipelined in this order: the entries, the oldest entry, the
 * state. So the oldest entry and the newest position are never older than the entries.
 *
 * <p>Errors: a read fails with the error of Redis or the network, or with a timeout.
 *
 * <p>Owner: confined to its reader's event loop.
 *
 * <p>Source: https://redis.io/docs/latest/commands/xrange/
 */
final class StreamReads {
  private final CommandLink link;
  private final HistoryKeys keys;
  private final String retentionMillis;
  private final Duration timeout;

  StreamReads(CommandLink link, HistoryKeys keys, HistorySettings history, Duration timeout) {
    this.link = link;
    this.keys = keys;
    this.retentionMillis = Long.toString(history.retention().toMillis());
    this.timeout = timeout;
  }

  /**
   * The result of a read.
   *
   * @param entries in order
   * @param oldest the oldest entry of the stream; null if the stream is empty
   * @param head the newest position; null if the account has no history
   */
  record Batch(List<RawEntry> entries, @Nullable RawEntry oldest, @Nullable Position head) {
    /** Returns the first entry, or null. */
    @Nullable RawEntry first() {
      return entries.isEmpty() ? null : entries.get(0);
    }

    /**
     * Returns whether the history was emptied between the commands, so that the entries belong to
     * an earlier epoch.
     */
    boolean isTorn() {
      return head != null
          && !entries.isEmpty()
          && entries.get(entries.size() - 1).number() > head.number();
    }
  }

  /** Reads the entries from an ID on; {@code -} is the oldest one. */
  Future<Batch> from(String account, String start, int count) {
    return read(account, entries(Command.XRANGE, keys.stream(account), start, "+", count));
  }

  /**
   * Reads the newest entries up to an ID; {@code (} before it excludes it, {@code +} is the newest.
   */
  Future<Batch> upTo(String account, String end, int count) {
    return read(account, entries(Command.XREVRANGE, keys.stream(account), end, "-", count))
        .map(
            batch -> {
              List<RawEntry> entries = new ArrayList<>(batch.entries);
              Collections.reverse(entries);
              return new Batch(entries, batch.oldest, batch.head);
            });
  }

  private Future<Batch> read(String account, Request range) {
    Future<Response> entries = link.send(range);
    Future<Response> oldest = link.send(entries(Command.XRANGE, keys.stream(account), "-", "+", 1));
    // Redis answers in order, so only the last answer needs a timer. It runs on the event loop,
    // because the future belongs to the connection.
    Future<Response> state =
        link.send(state(keys.state(account))).timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    return Future.all(entries, oldest, state)
        .map(
            all -> {
              List<RawEntry> first = entries(oldest.result());
              return new Batch(
                  entries(entries.result()),
                  first.isEmpty() ? null : first.get(0),
                  position(state.result()));
            });
  }

  private static List<RawEntry> entries(Response response) {
    List<RawEntry> entries = new ArrayList<>(response.size());
    for (Response each : response) {
      RawEntry entry = RawEntry.of(each);
      if (entry != null) {
        entries.add(entry);
      }
    }
    return entries;
  }

  /**
   * Returns the request for the entries of a stream between two IDs.
   *
   * @param command XRANGE, or XREVRANGE for the newest ones
   */
  static Request entries(Command command, String stream, String from, String to, int count) {
    return Request.cmd(command).arg(stream).arg(from).arg(to).arg("COUNT").arg(count);
  }

  /** Returns the request for the epoch, the number and the ID of the newest entry. */
  static Request state(String key) {
    return Request.cmd(Command.HMGET).arg(key).arg("epoch").arg("number").arg("id");
  }

  /** Returns the newest position of a {@link #state}, or null if there is none. */
  static @Nullable Position position(Response state) {
    return state.get(0) == null || state.get(1) == null || state.get(2) == null
        ? null
        : Position.parse(state.get(0) + "-" + state.get(1) + "-" + state.get(2));
  }

  /** Returns the newest position. Begins an epoch if there is none, and keeps the state alive. */
  Future<Position> head(String account) {
    return Script.HEAD
        .call(
            link::send,
            List.of(keys.stream(account), keys.state(account)),
            List.of(retentionMillis))
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .map(
            text ->
                Objects.requireNonNull(
                    Position.parse(text.toString()), "position (expected: from head.lua)"));
  }
}
