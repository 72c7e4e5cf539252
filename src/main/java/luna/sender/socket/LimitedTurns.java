package luna.sender.socket;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Runs handshakes and the turns of replays, in order, for a limited time in each iteration of the
 * event loop. So live events wait for this time at most, however many clients connect or resume.
 *
 * <p>Owner: confined to its event loop.
 */
final class LimitedTurns {
  private static final long LIMIT_NANOS = Duration.ofMillis(2).toNanos();

  private final NextIteration loop;
  private final Deque<Turn> turns = new ArrayDeque<>();
  private boolean scheduled;

  /** How long tasks have run in this iteration. */
  private long usedNanos;

  private boolean resets;

  private record Turn(Runnable task, Consumer<Throwable> onFault) {}

  LimitedTurns(NextIteration loop) {
    this.loop = loop;
  }

  /**
   * Runs a task now if no other one waits and this iteration has time left, otherwise like {@link
   * #execute}.
   *
   * @param onFault called if the task throws later, or if the loop cannot accept it
   */
  void executeSoon(Runnable task, Consumer<Throwable> onFault) {
    if (!turns.isEmpty() || usedNanos >= LIMIT_NANOS) {
      execute(task, onFault);
      return;
    }
    if (!resets) {
      loop.afterThis(this::reset);
      resets = true;
    }
    long began = System.nanoTime();
    try {
      task.run();
    } finally {
      usedNanos += System.nanoTime() - began;
    }
  }

  private void reset() {
    resets = false;
    usedNanos = 0;
  }

  /**
   * Runs a task after the event loop has served its sockets.
   *
   * @param onFault called if the task throws, or if the loop cannot accept it
   */
  void execute(Runnable task, Consumer<Throwable> onFault) {
    turns.add(new Turn(task, onFault));
    schedule();
  }

  private void schedule() {
    if (!scheduled && !turns.isEmpty()) {
      scheduled = true;
      loop.execute(this::run, this::onRejected);
    }
  }

  private void run() {
    long began = System.nanoTime();
    do {
      Turn turn = turns.remove();
      try {
        turn.task.run();
      } catch (Throwable fault) {
        turn.onFault.accept(fault);
      }
    } while (!turns.isEmpty() && System.nanoTime() - began < LIMIT_NANOS);
    scheduled = false;
    schedule();
  }

  private void onRejected(Throwable fault) {
    scheduled = false;
    while (!turns.isEmpty()) {
      turns.remove().onFault.accept(fault);
    }
  }
}
