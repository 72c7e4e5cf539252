package luna.sender.socket;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Throws once at a step of an account's work.
 *
 * <p>Shape: {@code @RegisterExtension static final FaultInjection INJECTION}, declared before the
 * service. Hubs that start during the test class use it as their injection point.
 *
 * <p>Owner: thread-safe.
 */
final class FaultInjection
    implements FaultInjectionPoint,
        BeforeAllCallback,
        AfterTestExecutionCallback,
        AfterAllCallback {
  /** Matches every account, and work that belongs to no account. */
  static final String ANY = "*";

  private @Nullable Step step;
  private String account = "";
  private int left;

  /** An additional step at which to throw first. */
  private @Nullable Step before;

  private boolean lasting;
  private Supplier<Throwable> kind = AssertionError::new;

  @Override
  public void beforeAll(ExtensionContext context) {
    FaultInjectionPoint.Installed.install(this);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    disarm();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    FaultInjectionPoint.Installed.install(FaultInjectionPoint.NONE);
  }

  /**
   * Starts throwing when the step is reached.
   *
   * @param nth which time the step is reached, from 1
   */
  synchronized void arm(Step step, String account, int nth, Supplier<Throwable> kind) {
    this.before = null;
    this.step = step;
    this.account = account;
    this.left = nth;
    this.kind = kind;
  }

  /** Throws each time the step is reached, until {@link #disarm}. */
  synchronized void armForGood(Step step, String account, Supplier<Throwable> kind) {
    arm(step, account, 1, kind);
    lasting = true;
  }

  synchronized void disarm() {
    step = null;
    lasting = false;
  }

  /** Throws at this step first, and then at the step of {@link #arm}. */
  synchronized void firstAt(Step first) {
    before = first;
  }

  synchronized boolean hasThrown() {
    return step == null;
  }

  @Override
  public void reached(Step reached, @Nullable AccountSessions at) {
    Throwable fault = fault(reached, at);
    if (fault instanceof Error error) {
      throw error;
    } else if (fault instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private synchronized @Nullable Throwable fault(Step reached, @Nullable AccountSessions at) {
    boolean ours = at == null || account.equals(ANY) || at.account.equals(account);
    if (ours && before == reached) {
      before = null;
      return kind.get();
    }
    if (!ours || reached != step || --left > 0) {
      return null;
    }
    step = lasting ? step : null;
    return kind.get();
  }
}
