package luna.sender.socket;

import io.netty.channel.SingleThreadEventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Consumer;

/**
 * Runs a task in the next iteration of the event loop, after the loop has polled its sockets.
 * {@code runOnContext} runs a task in the same iteration; a task that keeps requeueing itself with
 * it would starve the sockets.
 *
 * <p>Owner: confined to its event loop.
 */
final class NextIteration {
  private final SingleThreadEventLoop loop;

  /** Uses the event loop of the current context. */
  NextIteration(Vertx vertx) {
    loop = (SingleThreadEventLoop) ((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop();
  }

  /** Runs a task at the end of this iteration. */
  void afterThis(Runnable task) {
    loop.executeAfterEventLoopIteration(task);
  }

  /**
   * @param onRejected called instead of the task if the loop cannot accept it, for example out of
   *     memory
   */
  void execute(Runnable task, Consumer<Throwable> onRejected) {
    // Netty drains tail tasks before it polls sockets, so re-queue instead of running the task
    // here.
    loop.executeAfterEventLoopIteration(
        () -> {
          try {
            loop.execute(task);
          } catch (Throwable fault) {
            onRejected.accept(fault);
          }
        });
  }
}
