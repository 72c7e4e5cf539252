package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import luna.sender.bridge.RedisErrors;
import luna.sender.bridge.history.HistoryTail.Entry;
import luna.sender.bridge.history.TailAlignment.Alignment;
import luna.sender.event.Position;
import luna.sender.metrics.RecorderMetrics;

/**
 * Finds out which of an account's payloads its stream has. Restores entries that a new master of
 * Redis lacks.
 *
 * <p>How: payloads up to the last one with a known position are in the stream, or are restored
 * under their positions. Those after it are compared with the end of the stream ({@link
 * TailAlignment}). If the stream has other entries at the known positions, all payloads are
 * compared.
 *
 * <p>Errors: a failed future with the error of Redis or the network.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class StreamRepair {
  /** How much later a payload can be received than appended by another recorder. */
  private static final long LATE_MILLIS = 1000;

  /** How long a payload can take from one node of a Cluster to another. */
  private static final long EXPECTED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * How many entries of an account are restored at the same time. With {@link Takeover#PARALLEL}
   * accounts and {@link AppendQueue#WINDOW}, that is below the 2,048 requests that the client
   * accepts on one connection.
   */
  private static final int RESTORE_BATCH = 12;

  private final Function<Request, Future<Response>> send;
  private final ScriptCalls scripts;
  private final ServerClock clock;
  private final RecorderMetrics metrics;

  StreamRepair(
      Function<Request, Future<Response>> send,
      ScriptCalls scripts,
      ServerClock clock,
      RecorderMetrics metrics) {
    this.send = send;
    this.scripts = scripts;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Marks the payloads that are in the stream. Returns whether the account has a history. */
  Future<Boolean> repair(RecordedAccount account) {
    return scripts.raiseFence(send, account).compose(raised -> compare(account));
  }

  private Future<Boolean> compare(RecordedAccount account) {
    List<HeardPayload> heard = account.payloads();
    int known = lastKnown(heard);
    return known < 0
        ? compareAll(account, heard)
        : HistoryTail.read(send, account, position(heard.get(known)).id(), 0)
            .compose(tail -> repair(account, heard, known, tail));
  }

  private Future<Boolean> repair(
      RecordedAccount account, List<HeardPayload> heard, int known, HistoryTail tail) {
    Position last = position(heard.get(known));
    String epoch = tail.number() == 0 ? null : tail.epoch();
    if (epoch != null && (!epoch.equals(last.epoch()) || isReplaced(heard, tail))) {
      return compareAll(account, heard);
    }
    List<HeardPayload> appended = heard.subList(0, known + 1);
    if (epoch == null || tail.number() < last.number()) {
      return restore(appended, tail)
          .compose(
              complete -> {
                if (!complete) {
                  return compareAll(account, heard);
                }
                markAppended(appended);
                account.positions.start(last);
                return Future.succeededFuture(true);
              });
    }
    boolean replaced =
        tail.entries().stream()
            .anyMatch(entry -> entry.number() == last.number() && !entry.id().equals(last.id()));
    if (replaced) {
      return compareAll(account, heard);
    }
    List<Entry> newer =
        tail.entries().stream().filter(entry -> entry.number() > last.number()).toList();
    boolean trimmed = !newer.isEmpty() && newer.get(0).number() > last.number() + 1;
    markAppended(appended);
    account.positions.start(tail.head());
    compare(account, last.epoch(), newer, heard.subList(known + 1, heard.size()), trimmed);
    return Future.succeededFuture(true);
  }

  private static void markAppended(List<HeardPayload> payloads) {
    payloads.forEach(payload -> payload.state = HeardPayload.State.APPENDED);
  }

  /** Returns whether the newest entry of the stream is not the one that this recorder knows. */
  private static boolean isReplaced(List<HeardPayload> heard, HistoryTail tail) {
    return heard.stream()
        .filter(payload -> payload.position != null)
        .map(StreamRepair::position)
        .anyMatch(known -> known.number() == tail.number() && !known.id().equals(tail.id()));
  }

  /** Compares all payloads with the stream, because their positions are not known or not valid. */
  private Future<Boolean> compareAll(RecordedAccount account, List<HeardPayload> heard) {
    for (HeardPayload payload : heard) {
      payload.position = null;
      payload.state = HeardPayload.State.WAITING;
    }
    String from =
        heard.isEmpty()
            ? "+"
            : Long.toString(Math.max(0, clock.earliest(heard.get(0).nanos) - LATE_MILLIS));
    return HistoryTail.read(send, account, from, heard.size())
        .map(
            tail -> {
              List<Entry> entries = tail.entries();
              account.positions.start(tail.head());
              if (entries.isEmpty()) {
                skipRemoved(heard, tail.millis());
              }
              boolean trimmed =
                  !entries.isEmpty()
                      && entries.size() < heard.size()
                      && entries.get(0).number() > 1;
              compare(account, String.valueOf(tail.epoch()), entries, heard, trimmed);
              return tail.epoch() != null;
            });
  }

  /** Marks the payloads that were in the stream before all its entries were removed. */
  private void skipRemoved(List<HeardPayload> heard, long millis) {
    for (HeardPayload payload : heard) {
      if (clock.latest(payload.nanos) <= millis) {
        payload.state = HeardPayload.State.APPENDED;
      }
    }
  }

  private void compare(
      RecordedAccount account,
      String epoch,
      List<Entry> entries,
      List<HeardPayload> heard,
      boolean trimmed) {
    Alignment found =
        TailAlignment.align(
            entries.stream().map(Entry::text).toList(),
            heard.stream().map(payload -> payload.text).toList(),
            trimmed);
    int entry = entries.size() - 1;
    int newest = -1;
    for (int i = found.appended() - 1; i >= 0; i--) {
      HeardPayload payload = heard.get(i);
      payload.state = HeardPayload.State.APPENDED;
      while (entry >= 0 && !Arrays.equals(entries.get(entry).text(), payload.text)) {
        entry--;
      }
      if (entry >= 0) {
        newest = Math.max(newest, entry);
        Entry same = entries.get(entry--);
        payload.position = epoch + "-" + same.number() + "-" + same.id();
      }
    }
    if (scripts.isFenced()) {
      expect(account, entries.subList(newest + 1, entries.size()));
    }
  }

  private static void expect(RecordedAccount account, List<Entry> entries) {
    account.expect(
        entries.stream().filter(entry -> !entry.gap()).map(Entry::text).toList(),
        System.nanoTime() + EXPECTED_NANOS);
  }

  /**
   * Appends the entries under their old positions. Returns false if other entries have replaced
   * them.
   */
  private Future<Boolean> restore(List<HeardPayload> heard, HistoryTail tail) {
    List<HeardPayload> missing =
        heard.stream()
            .filter(payload -> payload.position != null)
            .filter(payload -> position(payload).number() > tail.number())
            .toList();
    Promise<Boolean> done = Promise.promise();
    restoreFrom(missing, 0, done);
    return done.future()
        .recover(
            failure ->
                RedisErrors.isAnswer(failure) && !Script.isStale(failure)
                    ? Future.succeededFuture(false)
                    : Future.failedFuture(failure));
  }

  /** Restores the entries from this one on, some at a time. */
  private void restoreFrom(List<HeardPayload> missing, int from, Promise<Boolean> done) {
    if (from == missing.size()) {
      done.complete(true);
      return;
    }
    int to = Math.min(from + RESTORE_BATCH, missing.size());
    List<Future<Response>> calls =
        missing.subList(from, to).stream()
            .map(payload -> send.apply(scripts.restore(payload, position(payload))))
            .toList();
    Future.join(calls)
        .onComplete(
            joined -> {
              if (joined.failed()) {
                done.fail(joined.cause());
                return;
              }
              metrics.restored(to - from);
              if (calls.stream().allMatch(call -> call.result().toInteger() == 1)) {
                restoreFrom(missing, to, done);
              } else {
                done.complete(false);
              }
            });
  }

  private static int lastKnown(List<HeardPayload> heard) {
    int last = heard.size() - 1;
    while (last >= 0 && heard.get(last).position == null) {
      last--;
    }
    return last;
  }

  private static Position position(HeardPayload payload) {
    return Objects.requireNonNull(Position.parse(Objects.requireNonNull(payload.position)));
  }
}
