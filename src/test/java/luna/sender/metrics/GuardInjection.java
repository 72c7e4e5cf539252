package luna.sender.metrics;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Throws once, before or after a call of a guarded task.
 *
 * <p>Owner: thread-safe.
 */
public final class GuardInjection implements FaultGuard.InjectionPoint {
  private static final List<Supplier<Throwable>> KINDS =
      List.of(
          () -> new OutOfMemoryError("injected"),
          StackOverflowError::new,
          () -> new AssertionError("injected"),
          () -> new IllegalStateException("injected"));

  private @Nullable GuardedTask work;
  private boolean before;
  private int left;
  private int thrown;

  /** Installs it for the guards of services that start from now on. */
  public void install() {
    FaultGuard.InjectionPoint.Installed.install(this);
  }

  public void uninstall() {
    FaultGuard.InjectionPoint.Installed.install(FaultGuard.InjectionPoint.NONE);
  }

  /**
   * Makes the given call of the task throw.
   *
   * @param before whether before the call, or after it
   * @param nth the number of the call
   */
  public synchronized void arm(GuardedTask work, boolean before, int nth) {
    this.work = work;
    this.before = before;
    this.left = nth;
  }

  public synchronized void disarm() {
    work = null;
  }

  public synchronized boolean hasThrown() {
    return work == null;
  }

  @Override
  public void reached(GuardedTask reached, boolean begins) {
    if (isDue(reached, begins)) {
      Throwable fault = KINDS.get(thrown++ % KINDS.size()).get();
      if (fault instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) fault;
    }
  }

  private synchronized boolean isDue(GuardedTask reached, boolean begins) {
    if (reached != work || begins != before || --left > 0) {
      return false;
    }
    work = null;
    return true;
  }
}
