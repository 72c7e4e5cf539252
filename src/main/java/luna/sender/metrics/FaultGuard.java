package luna.sender.metrics;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Runs the timers, handlers and answers of background work. A throwable ends only the call in which
 * it occurs: it is counted and logged, a periodic timer fires again, and a question that throws is
 * one that is answered with a failure.
 *
 * <p>Errors: none reach the caller. Where a call may have left a state half changed, its owner
 * passes a handler that restores it, by a flag that the next tick of a periodic timer reads; the
 * handler must not allocate, for the throwable may be an OutOfMemoryError.
 *
 * <p>Why a flag, and not the work itself again: what threw once most likely throws again at once.
 *
 * <p>Owner: thread-safe; calls come on the context of whoever uses it.
 */
public final class FaultGuard {
  private final FaultCounter faults;
  private final Checkpoint checkpoint = Checkpoint.Installed.current;

  /** Gets each call before and after it runs, and may throw there: for tests of faults. */
  public interface Checkpoint {
    Checkpoint NONE = (work, before) -> {};

    /**
     * @param before whether the call has not begun; or it has ended
     */
    void reached(GuardedTask work, boolean before);

    /** The checkpoint of guards to come. */
    final class Installed {
      private static volatile Checkpoint current = NONE;

      private Installed() {}

      /** For tests. */
      public static void install(Checkpoint checkpoint) {
        current = checkpoint;
      }
    }
  }

  FaultGuard(FaultCounter faults) {
    this.faults = faults;
    faults.expect(GuardedTask.labels());
  }

  /** Returns whether the task ended without a fault. */
  public boolean run(GuardedTask work, Runnable task) {
    try {
      checkpoint.reached(work, true);
      task.run();
      checkpoint.reached(work, false);
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

  public <T> Handler<T> handler(GuardedTask work, Handler<T> body) {
    return handler(work, body, failed -> {});
  }

  /**
   * @param failed is called with what the body could not handle
   */
  public <T> Handler<T> handler(GuardedTask work, Handler<T> body, Handler<T> failed) {
    return value -> {
      try {
        checkpoint.reached(work, true);
        body.handle(value);
        checkpoint.reached(work, false);
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

  /** Returns the timer's id. */
  public long periodic(Vertx vertx, GuardedTask work, Duration interval, Runnable task) {
    return vertx.setPeriodic(
        Math.max(1, interval.toMillis()), handler(work, (Long tick) -> task.run()));
  }

  /** Returns the timer's id. */
  public long timer(Vertx vertx, GuardedTask work, Duration delay, Runnable task) {
    return vertx.setTimer(Math.max(1, delay.toMillis()), handler(work, (Long due) -> task.run()));
  }

  /** Consumes the messages of a local address; one that meets a fault fails. */
  public <T> MessageConsumer<T> consumer(
      Vertx vertx, GuardedTask work, String address, Handler<Message<T>> body) {
    return consumer(vertx, work, address, body, message -> message.fail(0, "fault"));
  }

  /**
   * @param failed is called with the message that the body could not handle
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
   * What the question returns; a failed future if it throws.
   *
   * @param failed is called if it throws
   */
  public <T> Future<T> call(GuardedTask work, Supplier<Future<T>> question, Runnable failed) {
    try {
      checkpoint.reached(work, true);
      return question.get();
    } catch (Throwable fault) {
      caught(work, fault);
      failed.run();
      return Future.failedFuture(fault);
    }
  }

  /** Asks, and hands the answer over once; a question that throws has a failure for an answer. */
  public <T> void ask(
      GuardedTask work, Supplier<Future<T>> question, Handler<AsyncResult<T>> answer) {
    Once<T> once = new Once<>(work, answer);
    try {
      checkpoint.reached(work, true);
      question.get().onComplete(once);
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
