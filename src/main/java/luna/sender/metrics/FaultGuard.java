package luna.sender.metrics;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs timers, handlers and callbacks of background work, and catches what they throw. A throwable
 * ends only its own call: it is counted and logged, periodic timers continue, and a call that
 * should return a future returns a failed one.
 *
 * <p>Errors: none reach the caller. If a throwable can leave state half changed, the caller passes
 * a {@code failed} handler. It sets a flag, and the next tick of a periodic timer repairs the
 * state. The handler must not allocate memory, because the throwable may be an OutOfMemoryError.
 *
 * <p>Why a flag and no immediate retry: the same work would most likely throw again.
 *
 * <p>Owner: thread-safe; handlers run on the context of the caller.
 */
public final class FaultGuard {
  private final FaultCounter faults;
  private final ThreadFaults threads = new ThreadFaults();
  private final InjectionPoint injectionPoint = InjectionPoint.Installed.current;

  /** A hook before and after each guarded call. Tests throw from it to inject faults. */
  public interface InjectionPoint {
    InjectionPoint NONE = (work, before) -> {};

    /**
     * @param before true before the call, false after it
     */
    void reached(GuardedTask work, boolean before);

    /** The injection point that new guards use. */
    final class Installed {
      private static volatile InjectionPoint current = NONE;

      private Installed() {}

      /** Sets the injection point, for tests. */
      public static void install(InjectionPoint injectionPoint) {
        current = injectionPoint;
      }
    }
  }

  FaultGuard(FaultCounter faults) {
    this.faults = faults;
    faults.expect(GuardedTask.labels());
  }

  /** Runs a task. Returns whether it ended without a fault. */
  public boolean run(GuardedTask work, Runnable task) {
    try {
      injectionPoint.reached(work, true);
      task.run();
      injectionPoint.reached(work, false);
      return true;
    } catch (Throwable fault) {
      caught(work, fault);
      return false;
    }
  }

  /** Counts and logs a fault. */
  public void caught(GuardedTask work, Throwable fault) {
    faults.caught(work.label(), "", fault);
  }

  /** Counts and logs a fault outside of every guard. */
  public void uncaught(Throwable fault) {
    threads.caught(fault);
    caught(GuardedTask.UNGUARDED, fault);
  }

  /**
   * Returns the number of uncaught faults that can have hit a connection to Redis of this event
   * loop. It grows with each further one.
   */
  public AtomicInteger uncaughtHere() {
    return threads.count();
  }

  public <T> Handler<T> handler(GuardedTask work, Handler<T> body) {
    return handler(work, body, failed -> {});
  }

  /**
   * Returns a handler that guards {@code body}.
   *
   * @param failed called with the value for which {@code body} threw
   */
  public <T> Handler<T> handler(GuardedTask work, Handler<T> body, Handler<T> failed) {
    return value -> {
      try {
        injectionPoint.reached(work, true);
        body.handle(value);
        injectionPoint.reached(work, false);
      } catch (Throwable fault) {
        caught(work, fault);
        failed(work, value, failed);
      }
    };
  }

  private <T> void failed(GuardedTask work, T value, Handler<T> failed) {
    try {
      failed.handle(value);
    } catch (Throwable fault) {
      caught(work, fault);
    }
  }

  /** Starts a periodic timer and returns its id. */
  public long periodic(Vertx vertx, GuardedTask work, Duration interval, Runnable task) {
    return vertx.setPeriodic(
        Math.max(1, interval.toMillis()), handler(work, (Long tick) -> task.run()));
  }

  /** Starts a one-shot timer and returns its id. */
  public long timer(Vertx vertx, GuardedTask work, Duration delay, Runnable task) {
    return vertx.setTimer(Math.max(1, delay.toMillis()), handler(work, (Long due) -> task.run()));
  }

  /** Consumes the messages of a local address. A message is failed if the body throws. */
  public <T> MessageConsumer<T> consumer(
      Vertx vertx, GuardedTask work, String address, Handler<Message<T>> body) {
    return consumer(vertx, work, address, body, message -> message.fail(0, "fault"));
  }

  /**
   * Consumes the messages of a local address.
   *
   * @param failed called with the message for which {@code body} threw
   */
  public <T> MessageConsumer<T> consumer(
      Vertx vertx,
      GuardedTask work,
      String address,
      Handler<Message<T>> body,
      Handler<Message<T>> failed) {
    return vertx.eventBus().localConsumer(address, handler(work, body, failed));
  }

  /**
   * Returns the future of {@code action}, or a failed future if it throws.
   *
   * @param failed called if it throws
   */
  public <T> Future<T> call(GuardedTask work, Supplier<Future<T>> action, Runnable failed) {
    try {
      injectionPoint.reached(work, true);
      return action.get();
    } catch (Throwable fault) {
      caught(work, fault);
      failed.run();
      return Future.failedFuture(fault);
    }
  }

  /**
   * Calls {@code action} and passes its result to {@code answer} exactly once. If {@code action}
   * throws, the result is a failure.
   */
  public <T> void ask(
      GuardedTask work, Supplier<Future<T>> action, Handler<AsyncResult<T>> answer) {
    Once<T> once = new Once<>(work, answer);
    try {
      injectionPoint.reached(work, true);
      action.get().onComplete(once);
    } catch (Throwable fault) {
      caught(work, fault);
      once.handle(Future.failedFuture(fault));
    }
  }

  /** Calls a handler at most once. */
  private final class Once<T> implements Handler<AsyncResult<T>> {
    private final GuardedTask work;
    private final Handler<AsyncResult<T>> answer;
    private boolean called;

    Once(GuardedTask work, Handler<AsyncResult<T>> answer) {
      this.work = work;
      this.answer = answer;
    }

    @Override
    public void handle(AsyncResult<T> result) {
      if (called) {
        return;
      }
      called = true;
      try {
        answer.handle(result);
      } catch (Throwable fault) {
        caught(work, fault);
      }
    }
  }
}
