package luna.sender.socket;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Adds sessions to their account and to the list of all sessions, and removes them.
 *
 * <p>How: a session leaves its account when it stops getting events, and the list when its
 * connection is closed. Both happen in a task of their own, because an event may be iterating over
 * the account at the time.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SessionRegistry implements Session.Registry {
  private final SessionList all = new SessionList();
  private final Executor nextTask;
  private final FaultInjectionPoint injectionPoint;
  private final HubFaults faults;
  private final Consumer<AccountSessions> release;

  /** Completes when no session is left; null until the hub stops. */
  private @Nullable Promise<Void> emptied;

  /**
   * @param nextTask runs a task on the event loop after the current one
   * @param release gives back a session's reference to its account
   */
  SessionRegistry(
      Executor nextTask,
      FaultInjectionPoint injectionPoint,
      HubFaults faults,
      Consumer<AccountSessions> release) {
    this.nextTask = nextTask;
    this.injectionPoint = injectionPoint;
    this.faults = faults;
    this.release = release;
  }

  /** Returns the sessions whose connection is not closed. */
  SessionList all() {
    return all;
  }

  /** Adds a session, and starts to deliver the account's events to it. */
  void add(Session session, SubscribeOptions options) {
    add(session);
    StatsReporter reporter = statsReporter(session, options);
    join(session, options, reporter);
    if (reporter != null) {
      reporter.report();
    }
  }

  /** Adds a session that gets events of the history first. */
  void add(Session session) {
    all.add(session);
    injectionPoint.reached(Step.OPEN, session.account());
  }

  /** Returns what counts the events of a session, or null if its client gets no statistics. */
  @Nullable StatsReporter statsReporter(Session session, SubscribeOptions options) {
    return options.stats() ? new StatsReporter(session, options.filter(), injectionPoint) : null;
  }

  /** Starts to deliver the account's events to a session. */
  void join(Session session, SubscribeOptions options, @Nullable StatsReporter reporter) {
    AccountSessions account = session.account();
    account.sessions.add(options.filter(), session);
    if (options.gaps()) {
      account.gapListeners.add(session);
      account.interruptions.forEach(session::sendInterruption);
    }
    if (reporter != null) {
      account.statsReporters.add(reporter);
    }
  }

  @Override
  public void leave(Session session) {
    injectionPoint.reached(Step.END, session.account());
    nextTask.execute(
        () -> {
          AccountSessions account = session.account();
          try {
            Replay replay = session.replay();
            if (replay != null) {
              replay.end();
            }
            account.gapListeners.remove(session);
            account.statsReporters.removeIf(reporter -> reporter.session == session);
            // Last: it may throw after the session has been removed.
            account.sessions.remove(session);
          } catch (Throwable fault) {
            faults.caught(Step.END, account, fault);
          } finally {
            release.accept(account);
          }
        });
  }

  @Override
  public void remove(Session session) {
    nextTask.execute(
        () -> {
          all.remove(session);
          if (emptied != null && all.isEmpty()) {
            emptied.tryComplete();
          }
        });
  }

  /** Succeeds when the last session is removed. */
  Future<Void> whenEmpty() {
    Promise<Void> promise = Promise.promise();
    emptied = promise;
    if (all.isEmpty()) {
      promise.complete();
    }
    return promise.future();
  }
}
