package luna.sender.admission;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks that take too long for an event loop on a few threads of its own.
 *
 * <p>How: a bounded number of tasks is queued. Owners of tasks, such as addresses or accounts, are
 * served round-robin, so that a flood from one owner does not delay the tasks of others. Per owner,
 * the newest task runs first: in a flood, clients of older tasks have given up already. When the
 * queue is full, the owner with the most tasks loses its oldest one.
 *
 * <p>Errors: the future of a dropped task fails with {@link LimitExceeded}; that of any other task
 * with what the task threw. If no thread is available, all queued tasks fail.
 *
 * <p>Owner: thread-safe. A future completes on the context that submitted the task.
 */
public final class WorkQueue {
  private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Admission admission;
  private final Limit limit;
  private final WorkerExecutor workers;
  private final int threads;
  private final int capacity;

  // The following fields are guarded by this.
  /** Tasks by owner, newest first. The owner to serve next comes first. */
  private final Map<Object, Deque<Task<?>>> owners = new LinkedHashMap<>();

  private int waiting;
  private int running;

  private record Task<T>(Callable<T> work, Context context, Promise<T> promise) {
    void run() {
      try {
        T result = work.call();
        context.runOnContext(back -> promise.complete(result));
      } catch (Throwable failure) {
        fail(failure);
      }
    }

    void fail(Throwable failure) {
      context.runOnContext(back -> promise.fail(failure));
    }
  }

  /**
   * @param limit the limit to count and log when a task is dropped
   * @param capacity the maximum number of queued tasks
   */
  public WorkQueue(Vertx vertx, Admission admission, Limit limit, int threads, int capacity) {
    this.vertx = vertx;
    this.admission = admission;
    this.limit = limit;
    this.threads = threads;
    this.capacity = capacity;
    this.workers = vertx.createSharedWorkerExecutor("luna-" + limit.label(), threads);
  }

  /** Submits a task for an owner. */
  public <T> Future<T> submit(Object owner, Callable<T> work) {
    Task<T> task = new Task<>(work, vertx.getOrCreateContext(), Promise.promise());
    Task<?> dropped;
    boolean idle;
    synchronized (this) {
      owners.computeIfAbsent(owner, first -> new ArrayDeque<>()).addFirst(task);
      waiting++;
      dropped = waiting > capacity ? takeOldestOfLargest() : null;
      idle = running < threads;
      running += idle ? 1 : 0;
    }
    if (idle) {
      runNext();
    }
    if (dropped != null) {
      dropped.fail(admission.reject(limit, RETRY_DELAY));
    }
    return task.promise.future();
  }

  /** Runs one task per worker call, because Vert.x warns about workers that block for long. */
  private void runNext() {
    admission
        .guard()
        .ask(
            GuardedTask.WORKERS,
            () ->
                onWorker(
                    () -> {
                      Task<?> task = takeNext();
                      if (task != null) {
                        task.run();
                      }
                      return task != null;
                    }),
            worked -> {
              if (worked.failed()) {
                failWaiting(worked.cause());
              } else if (worked.result()) {
                runNext();
              }
            });
  }

  /**
   * Fails the queued tasks of a stopping service, which has no workers. This is no internal error.
   */
  private Future<Boolean> onWorker(Callable<Boolean> task) {
    try {
      return workers.executeBlocking(task, false);
    } catch (RejectedExecutionException stopped) {
      return Future.failedFuture(stopped);
    }
  }

  /**
   * Fails the queued tasks if no thread is left, because nothing would run them until the next
   * submission.
   */
  private void failWaiting(Throwable cause) {
    List<Task<?>> left = new ArrayList<>();
    synchronized (this) {
      running--;
      if (running == 0) {
        owners.values().forEach(left::addAll);
        owners.clear();
        waiting = 0;
      }
    }
    left.forEach(task -> task.fail(cause));
  }

  private synchronized @Nullable Task<?> takeNext() {
    Iterator<Map.Entry<Object, Deque<Task<?>>>> turns = owners.entrySet().iterator();
    if (!turns.hasNext()) {
      running--;
      return null;
    }
    Map.Entry<Object, Deque<Task<?>>> turn = turns.next();
    Object owner = turn.getKey();
    Deque<Task<?>> tasks = turn.getValue();
    turns.remove();
    Task<?> task = tasks.removeFirst();
    waiting--;
    if (!tasks.isEmpty()) {
      owners.put(owner, tasks);
    }
    return task;
  }

  private Task<?> takeOldestOfLargest() {
    Map.Entry<Object, Deque<Task<?>>> largest = owners.entrySet().iterator().next();
    for (Map.Entry<Object, Deque<Task<?>>> each : owners.entrySet()) {
      if (each.getValue().size() > largest.getValue().size()) {
        largest = each;
      }
    }
    Task<?> oldest = largest.getValue().removeLast();
    if (largest.getValue().isEmpty()) {
      owners.remove(largest.getKey());
    }
    waiting--;
    return oldest;
  }
}
