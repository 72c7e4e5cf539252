package luna.sender.bridge.history;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;
import luna.sender.bridge.CommandLink;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.RedisErrors;
import luna.sender.bridge.history.Takeover.Hole;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * The work of a recorder from one acquisition of the lease until it becomes a standby.
 *
 * <p>Errors: {@link Listener#failed}. In a Cluster, an account whose master fails is retried, and
 * the others are not affected.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class Leadership {
  private final FaultGuard guard;
  private final Takeover takeover;
  private final Listener listener;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  /** Receives failures. */
  interface Listener {
    /** Reports that the recorder must find out again what the streams have. */
    void failed(Leadership failing, Throwable failure);

    /** Reports that a master does not have a script. */
    void scriptMissing();
  }

  /**
   * @param accounts the accounts that are recorded; empty = all
   * @param hole the time that no recorder has received; null if there is none
   */
  Leadership(
      Context context,
      Metrics metrics,
      CommandLink commands,
      HeardPayloads payloads,
      HistoryKeys names,
      ServerClock clock,
      ScriptCalls calls,
      List<String> accounts,
      @Nullable Hole hole,
      Listener listener) {
    this.guard = metrics.guard();
    this.listener = listener;
    AppendQueue queue =
        new AppendQueue(
            commands::batch,
            context,
            guard,
            metrics.recorder(),
            clock,
            calls,
            failure -> listener.failed(this, failure),
            this::accountFailed);
    this.takeover =
        new Takeover(
            payloads,
            new StreamRepair(commands::send, calls, clock, metrics.recorder()),
            accounts.isEmpty()
                ? next -> new StreamScan(commands.masters(), names).forEachPage(next)
                : next -> next.apply(accounts),
            queue,
            calls,
            commands::owner,
            hole);
  }

  /** Prepares the streams, and appends what they lack. */
  void takeOver() {
    ask(takeover::run);
  }

  /** As {@link Takeover#add}. */
  void add(HeardPayload payload) {
    ask(() -> takeover.add(payload));
  }

  /** As {@link Takeover#isComplete}. */
  boolean isComplete() {
    return takeover.isComplete();
  }

  /** As {@link Takeover#isPrepared}. */
  boolean isPrepared() {
    return takeover.isPrepared();
  }

  /** As {@link Takeover#isBroken}. */
  boolean isBroken(RecordedAccount account) {
    return takeover.isBroken(account);
  }

  /** As {@link Takeover#retry}. */
  void retry() {
    takeover.retry();
  }

  /** As {@link Takeover#repairAll}. */
  void repairAll() {
    takeover.repairAll();
  }

  /** Becomes a standby. Answers that arrive later are ignored. */
  void end() {
    takeover.end();
  }

  private void accountFailed(RecordedAccount account, Throwable failure) {
    log.atWarn("account")
        .addKeyValue("cause", RedisErrors.text(failure))
        .log("Recording of some accounts failed; retrying");
    if (Script.isMissing(failure)) {
      listener.scriptMissing();
    }
    ask(() -> takeover.repairLater(account, failure));
  }

  private void ask(Supplier<Future<Void>> work) {
    guard.ask(GuardedTask.RECORDER, work::get, this::done);
  }

  private void done(AsyncResult<Void> done) {
    if (done.failed()) {
      listener.failed(this, done.cause());
    }
  }
}
