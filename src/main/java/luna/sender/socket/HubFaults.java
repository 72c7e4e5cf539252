package luna.sender.socket;

import luna.sender.metrics.FaultCounter;

/**
 * Counts and logs the faults of a hub, by step and account.
 *
 * <p>Errors: never throws, because the caller must still restore its own state.
 *
 * <p>Owner: immutable.
 */
record HubFaults(FaultCounter counter) {
  void caught(Step step, AccountSessions account, Throwable fault) {
    counter.caught(step.label(), account.account, fault);
  }

  /** Runs a task, and counts what it throws. */
  void guard(Step step, AccountSessions account, Runnable task) {
    try {
      task.run();
    } catch (Throwable fault) {
      caught(step, account, fault);
    }
  }
}
