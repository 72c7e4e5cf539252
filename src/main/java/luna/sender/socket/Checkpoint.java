package luna.sender.socket;

import org.jspecify.annotations.Nullable;

/**
 * Is told of each step that a hub comes to, and may throw there: a test's way to see what a fault
 * does.
 *
 * <p>Why not a stub of what the steps call: a fault has to occur between two statements of one
 * method, too. The one that does nothing is inlined.
 *
 * <p>Owner: called on the hub's event loop.
 */
interface Checkpoint {
  Checkpoint NONE = (step, account) -> {};

  /**
   * @param account null for work that is of no account
   */
  void reached(Step step, @Nullable AccountSessions account);

  /** The checkpoint of hubs to come. */
  final class Installed {
    private static volatile Checkpoint current = NONE;

    private Installed() {}

    static Checkpoint current() {
      return current;
    }

    /** For tests. */
    static void install(Checkpoint checkpoint) {
      current = checkpoint;
    }
  }
}
