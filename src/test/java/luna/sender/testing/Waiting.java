package luna.sender.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Waits with a limit, because no test sleeps. */
public final class Waiting {
  /** Much longer than anything takes on a busy machine with two cores. */
  public static final Duration PATIENCE = Duration.ofSeconds(45);

  private Waiting() {}

  /** Returns the result of a future, or throws its failure. */
  public static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new CompletionException(failure.getCause());
    } catch (InterruptedException | TimeoutException failure) {
      throw new AssertionError("not within " + PATIENCE, failure);
    }
  }

  /**
   * Runs an action on an event loop. What it adds to its result is there before the result can
   * complete; a test thread may be suspended in between.
   */
  public static <T> Future<T> onEventLoop(Vertx vertx, Supplier<Future<T>> action) {
    return onEventLoop(vertx.getOrCreateContext(), action);
  }

  /** The same on the event loop of a context. */
  public static <T> Future<T> onEventLoop(Context context, Supplier<Future<T>> action) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(started -> action.get().onComplete(promise));
    return promise.future();
  }

  /** Waits until the condition holds. */
  public static void until(String what, Callable<Boolean> condition) {
    until(what, PATIENCE, condition);
  }

  /** Waits until the condition is true, up to a given limit. */
  public static void until(String what, Duration bound, Callable<Boolean> condition) {
    if (holds(condition)) {
      return; // Awaitility would sleep before it looks
    }
    condition(what).atMost(bound).until(condition);
  }

  /**
   * Begins to wait for a condition. Exceptions of other threads do not end the wait: they can be of
   * a Vert.x that an earlier test has closed.
   */
  public static ConditionFactory condition(String what) {
    return Awaitility.await(what)
        .dontCatchUncaughtExceptions()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10));
  }

  private static boolean holds(Callable<Boolean> condition) {
    try {
      return condition.call();
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }
}
