package luna.sender.socket;

import io.netty.channel.SingleThreadEventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Consumer;

/**
 * Runs a task in a later turn of the event loop, behind what its sockets have brought meanwhile. A
 * task that is put off by {@code runOnContext} runs in the same turn: one that does so again and
 * again would keep the loop from its sockets.
 *
 * <p>Owner: confined to its event loop.
 */
final class NextIteration {
  private final SingleThreadEventLoop loop;

  /** For the event loop of the current context. */
  NextIteration(Vertx vertx) {
    loop = (SingleThreadEventLoop) ((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop();
  }

  /**
   * @param refused called instead of the task where the loop can't take it, as without memory
   */
  void later(Runnable task, Consumer<Throwable> refused) {
    // What is there at the end of a turn is run to the last, so it may only ask for the next turn.
    loop.executeAfterEventLoopIteration(
        () -> {
          try {
            loop.execute(task);
          } catch (Throwable fault) {
            refused.accept(fault);
          }
        });
  }
}
