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
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * Work that takes too long for an event loop, done by a few threads of its own.
 *
 * <p>Shape: a bounded number of tasks waits. Their owners, such as addresses or accounts, take
 * turns, so that one owner's flood does not delay another's task. Of one owner's tasks the newest
 * is next: in a flood the older ones are those whose clients have given up. When a task comes that
 * is too many, the owner with the most tasks loses its oldest.
 *
 * <p>Errors: the future of a task that lost its place fails with {@link LimitExceeded}; else with
 * what the task threw. When no thread can be had, all that wait fail.
 *
 * <p>Owner: thread-safe; a future completes on the context that submitted the task.
 */
public final class WorkQueue {
  private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Admission admission;
  private final Limit limit;
  private final WorkerExecutor workers;
  private final int threads;
  private final int room;

  // What follows is guarded by this.
  /** Tasks by owner, newest first; the owner whose turn is next is the first. */
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
   * @param limit what is counted and logged when a task loses its place
   * @param room how many tasks may wait
   */
  public WorkQueue(Vertx vertx, Admission admission, Limit limit, int threads, int room) {
    this.vertx = vertx;
    this.admission = admission;
    this.limit = limit;
    this.threads = threads;
    this.room = room;
    this.workers = vertx.createSharedWorkerExecutor("luna-" + limit.label(), threads);
  }

  /** Does the work when its turn comes. */
  public <T> Future<T> submit(Object owner, Callable<T> work) {
    Task<T> task = new Task<>(work, vertx.getOrCreateContext(), Promise.promise());
    Task<?> loser;
    boolean idle;
    synchronized (this) {
      owners.computeIfAbsent(owner, first -> new ArrayDeque<>()).addFirst(task);
      waiting++;
      loser = waiting > room ? takeOldestOfMost() : null;
      idle = running < threads;
      running += idle ? 1 : 0;
    }
    if (idle) {
      workNext();
    }
    if (loser != null) {
      loser.fail(admission.refuse(limit, UNTIL_THERE_IS_ROOM));
    }
    return task.promise.future();
  }

  /** One task at a time: Vert.x warns of a worker that does not come back. */
  private void workNext() {
    admission
        .guard()
        .ask(
            GuardedTask.WORKERS,
            () ->
                workers.<Boolean>executeBlocking(
                    () -> {
                      Task<?> task = takeNext();
                      if (task != null) {
                        task.run();
                      }
                      return task != null;
                    },
                    false),
            worked -> {
              if (worked.failed()) {
                giveUp(worked.cause());
              } else if (worked.result()) {
                workNext();
              }
            });
  }

  /** Nobody would take what waits, until the next task came. */
  private void giveUp(Throwable cause) {
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

  private Task<?> takeOldestOfMost() {
    Map.Entry<Object, Deque<Task<?>>> most = owners.entrySet().iterator().next();
    for (Map.Entry<Object, Deque<Task<?>>> each : owners.entrySet()) {
      if (each.getValue().size() > most.getValue().size()) {
        most = each;
      }
    }
    Task<?> oldest = most.getValue().removeLast();
    if (most.getValue().isEmpty()) {
      owners.remove(most.getKey());
    }
    waiting--;
    return oldest;
  }
}
