package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import luna.sender.bridge.RedisErrors;
import org.jspecify.annotations.Nullable;

/**
 * Prepares all streams for a recorder that has acquired the lease, and then appends the payloads
 * that they lack. If no recorder has received events for a time, each stream gets a gap, before
 * newer payloads.
 *
 * <p>Errors: a failed future; the recorder then acquires the lease again. In a Cluster, accounts
 * that fail are retried, and others are not affected.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class Takeover {
  /** How many streams are read or restored at the same time. */
  static final int PARALLEL = 64;

  private final HeardPayloads payloads;
  private final StreamRepair repair;
  private final Streams streams;
  private final AppendQueue queue;
  private final @Nullable Hole hole;
  private final ScriptCalls calls;
  private final Function<String, String> masterOf;

  /** The accounts that were prepared before this is complete, so that each gets one gap. */
  private final Set<String> visited = new HashSet<>();

  /** The accounts whose streams could not be read or written, in a Cluster. */
  private final Set<RecordedAccount> broken = new LinkedHashSet<>();

  /** The accounts whose preparation waits for that of others. */
  private final Deque<Preparation> preparations = new ArrayDeque<>();

  private int preparing;
  private boolean starting;
  private boolean begun;
  private boolean scanning;
  private boolean isScanned;
  private boolean ended;
  private boolean complete;

  /** The accounts that can have a history. */
  interface Streams {
    /** Passes the accounts page by page to {@code next}. An account may be passed twice. */
    Future<Void> forEachPage(Function<List<String>, Future<Void>> next);
  }

  /**
   * A time in which no recorder has received events.
   *
   * @param text the text of the gap
   * @param endNanos its end, by {@link System#nanoTime}
   */
  record Hole(byte[] text, long endNanos) {}

  /** The preparation of an account that has not begun. */
  private record Preparation(RecordedAccount account, Promise<Void> done) {}

  /**
   * @param masterOf returns the master that serves a key, in a Cluster
   */
  Takeover(
      HeardPayloads payloads,
      StreamRepair repair,
      Streams streams,
      AppendQueue queue,
      ScriptCalls calls,
      Function<String, String> masterOf,
      @Nullable Hole hole) {
    this.payloads = payloads;
    this.repair = repair;
    this.streams = streams;
    this.queue = queue;
    this.hole = hole;
    this.calls = calls;
    this.masterOf = masterOf;
  }

  /** Prepares the accounts with payloads and, if there is a hole, all that have a history. */
  Future<Void> run() {
    begun = true;
    return prepare(payloads.accounts()).compose(prepared -> scan());
  }

  private Future<Void> scan() {
    Future<Void> scanned =
        hole == null
            ? Future.succeededFuture()
            : streams.forEachPage(ids -> prepare(ids.stream().map(payloads::account).toList()));
    scanning = true;
    return scanned
        .onSuccess(
            done -> {
              isScanned = true;
              checkComplete();
            })
        .recover(this::unlessFenced)
        .onComplete(done -> scanning = false);
  }

  private void checkComplete() {
    if (isScanned && (hole == null || broken.isEmpty())) {
      complete = true;
      visited.clear();
    }
  }

  /** Retries what has failed in a Cluster, where a master can fail while others work. */
  void retry() {
    if (!calls.isFenced() || !begun || ended) {
      return;
    }
    List<RecordedAccount> failed = List.copyOf(broken);
    broken.clear();
    prepare(failed);
    if (!isScanned && !scanning) {
      scan();
    } else if (!complete) {
      checkComplete();
    }
  }

  /**
   * Finds out again what a stream has, after a failed call in a Cluster. Fails if another recorder
   * leads.
   */
  Future<Void> repairLater(RecordedAccount account, Throwable failure) {
    if (!ended) {
      account.forgetStream(!RedisErrors.isAnswer(failure));
      queue.remove(account);
      broken.add(account);
    }
    return unlessFenced(failure);
  }

  /** Finds out again what all streams have, because masters of the Cluster have changed. */
  void repairAll() {
    for (RecordedAccount account : payloads.accounts()) {
      if (account.prepared) {
        account.forgetStream(true);
        queue.remove(account);
        broken.add(account);
      }
    }
    retry();
  }

  /** Returns whether the stream of the account cannot be read or written at present. */
  boolean isBroken(RecordedAccount account) {
    return broken.contains(account);
  }

  private Future<Void> unlessFenced(Throwable failure) {
    return calls.isFenced() && !calls.isOvertaken(failure)
        ? Future.succeededFuture()
        : Future.failedFuture(failure);
  }

  /** Returns whether all streams are prepared, also those of accounts without payloads. */
  boolean isComplete() {
    return complete;
  }

  /** Returns whether a stream needs no preparation if none of its account's payloads is kept. */
  boolean isPrepared() {
    return begun && !calls.isFenced() && (hole == null || complete);
  }

  /** Ends the work. Answers that arrive later are ignored. */
  void end() {
    ended = true;
    queue.end();
    preparations.forEach(waiting -> waiting.done.complete());
    preparations.clear();
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
    return begun && !broken.contains(payload.account)
        ? prepare(payload.account)
        : Future.succeededFuture();
  }

  private Future<Void> prepare(Collection<RecordedAccount> accounts) {
    return Future.all(accounts.stream().map(this::prepare).toList()).mapEmpty();
  }

  private Future<Void> prepare(RecordedAccount account) {
    if (account.prepared || ended) {
      return Future.succeededFuture();
    }
    if (account.preparation != null) {
      return account.preparation;
    }
    Promise<Void> done = Promise.promise();
    account.preparation = done.future();
    preparations.add(new Preparation(account, done));
    prepareNext();
    return done.future();
  }

  private void prepareNext() {
    if (starting) {
      return; // the loop below goes on, when a preparation has ended at once
    }
    starting = true;
    while (preparing < PARALLEL && !preparations.isEmpty()) {
      Preparation next = preparations.remove();
      preparing++;
      prepareNow(next.account)
          .onComplete(
              prepared -> {
                preparing--;
                next.done.handle(prepared);
                prepareNext();
              });
    }
    starting = false;
  }

  private Future<Void> prepareNow(RecordedAccount account) {
    account.master = masterOf.apply(account.stream());
    return repair
        .repair(account)
        .onSuccess(
            hasHistory -> {
              if (!ended) {
                prepared(account, hasHistory);
              }
            })
        .<Void>mapEmpty()
        .recover(
            failure ->
                calls.isFenced() ? repairLater(account, failure) : Future.failedFuture(failure));
  }

  private void prepared(RecordedAccount account, boolean hasHistory) {
    account.preparation = null;
    account.prepared = true;
    if (hole != null && !complete && visited.add(account.id) && hasHistory) {
      payloads.addGap(account, hole.text(), hole.endNanos());
    }
    payloads.removeIfEmpty(account);
    account.waiting().forEach(queue::add);
  }
}
