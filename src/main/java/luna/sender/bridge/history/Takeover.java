package luna.sender.bridge.history;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prepares all streams for a recorder that has acquired the lease, and then appends the payloads
 * that they lack. If no recorder has received events for a time, each stream gets a gap, before
 * newer payloads.
 *
 * <p>Errors: a failed future; the recorder then acquires the lease again.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class Takeover {
  /** How many streams are read at the same time. */
  private static final int PARALLEL = 64;

  private final HeardPayloads payloads;
  private final StreamRepair repair;
  private final StreamScan streams;
  private final AppendQueue queue;
  private final @Nullable Hole hole;
  private final boolean fenced;

  private boolean begun;
  private boolean ended;
  private boolean complete;

  /**
   * A time in which no recorder has received events.
   *
   * @param text the text of the gap
   * @param endNanos its end, by {@link System#nanoTime}
   */
  record Hole(byte[] text, long endNanos) {}

  /**
   * @param fenced whether the fence of each account must be raised before its first append
   */
  Takeover(
      HeardPayloads payloads,
      StreamRepair repair,
      StreamScan streams,
      AppendQueue queue,
      @Nullable Hole hole,
      boolean fenced) {
    this.payloads = payloads;
    this.repair = repair;
    this.streams = streams;
    this.queue = queue;
    this.hole = hole;
    this.fenced = fenced;
  }

  /** Prepares the accounts with payloads and, if there is a hole, all that have a history. */
  Future<Void> run() {
    begun = true;
    return prepare(payloads.accounts())
        .compose(
            prepared ->
                hole == null
                    ? Future.<Void>succeededFuture()
                    : streams.forEachPage(
                        ids -> prepare(ids.stream().map(payloads::account).toList())))
        .onSuccess(done -> complete = true);
  }

  /** Returns whether all streams are prepared, also those of accounts without payloads. */
  boolean isComplete() {
    return complete;
  }

  /** Returns whether a stream needs no preparation if none of its account's payloads is kept. */
  boolean isPrepared() {
    return begun && !fenced && (hole == null || complete);
  }

  /** Ends the work. Answers that arrive later are ignored. */
  void end() {
    ended = true;
    queue.end();
  }

  /**
   * Appends a payload, after those of its account that were received before. Does nothing before
   * {@link #run}, which appends all of them.
   */
  Future<Void> add(HeardPayload payload) {
    if (payload.account.prepared) {
      queue.add(payload);
      return Future.succeededFuture();
    }
    return begun ? prepare(payload.account) : Future.succeededFuture();
  }

  private Future<Void> prepare(Collection<RecordedAccount> accounts) {
    Deque<RecordedAccount> next = new ArrayDeque<>(accounts);
    List<Future<Void>> parallel = new ArrayList<>();
    for (int i = 0; i < PARALLEL && i < accounts.size(); i++) {
      parallel.add(prepareNext(next));
    }
    return Future.all(parallel).mapEmpty();
  }

  private Future<Void> prepareNext(Deque<RecordedAccount> accounts) {
    RecordedAccount account = accounts.poll();
    return account == null || ended
        ? Future.succeededFuture()
        : prepare(account).compose(prepared -> prepareNext(accounts));
  }

  private Future<Void> prepare(RecordedAccount account) {
    if (account.prepared || account.preparing) {
      return Future.succeededFuture();
    }
    account.preparing = true;
    return repair
        .repair(account)
        .onSuccess(
            hasHistory -> {
              if (!ended) {
                prepared(account, hasHistory);
              }
            })
        .mapEmpty();
  }

  private void prepared(RecordedAccount account, boolean hasHistory) {
    account.preparing = false;
    account.prepared = true;
    if (hole != null && hasHistory) {
      payloads.addGap(account, hole.text(), hole.endNanos());
    }
    payloads.removeIfEmpty(account);
    account.waiting().forEach(queue::add);
  }
}
