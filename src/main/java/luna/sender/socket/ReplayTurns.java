package luna.sender.socket;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Runs the turns of replays, in order, for a limited time in each iteration of the event loop. So
 * live events wait for this time at most, however many clients resume.
 *
 * <p>Owner: confined to its event loop.
 */
final class ReplayTurns {
  private static final long LIMIT_NANOS = Duration.ofMillis(2).toNanos();

  private final NextIteration loop;
  private final Deque<Turn> turns = new ArrayDeque<>();
  private boolean scheduled;

  private record Turn(Runnable task, Consumer<Throwable> onFault) {}

  ReplayTurns(NextIteration loop) {
    this.loop = loop;
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
