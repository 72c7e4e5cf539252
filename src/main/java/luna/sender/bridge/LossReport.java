package luna.sender.bridge;

import luna.sender.event.Gap;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Reports a lost connection to the listener of a link. The report is retried if the listener
 * throws; otherwise no gap would be recorded.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class LossReport {
  /** Without a limit, a listener that always throws would prevent a reconnect. */
  private static final int ATTEMPTS_LIMIT = 10;

  private record Loss(Gap.Cause cause, String why) {}

  private final FaultGuard guard;
  private final LinkFault fault;
  private final LinkListener listener;

  private @Nullable Loss pending;
  private int attempts;

  LossReport(FaultGuard guard, LinkFault fault, LinkListener listener) {
    this.guard = guard;
    this.fault = fault;
    this.listener = listener;
  }

  /** Records a loss. The caller then calls {@link #send} until {@link #isPending} is false. */
  void record(Gap.Cause cause, String why) {
    pending = new Loss(cause, why);
  }

  boolean isPending() {
    return pending != null;
  }

  void send() {
    Loss loss = pending;
    if (loss == null) {
      return;
    }
    boolean handled =
        guard.run(
            GuardedTask.REDIS_REPORT,
            () -> {
              listener.rejected(fault.lost(loss.why), loss.why);
              listener.lost(loss.cause);
            });
    if (handled || ++attempts == ATTEMPTS_LIMIT) {
      pending = null;
      attempts = 0;
    }
  }
}
