package luna.sender.filter;

/**
 * Called between two changes of an index, where it may throw: a test's way to see what a fault
 * leaves behind.
 *
 * <p>Owner: called on the event loop of the index.
 */
interface Checkpoint {
  Checkpoint NONE = () -> {};

  void reached();

  /** The checkpoint of all indexes. */
  final class Installed {
    private static volatile Checkpoint current = NONE;

    private Installed() {}

    static void reached() {
      current.reached();
    }

    /** For tests. */
    static void install(Checkpoint checkpoint) {
      current = checkpoint;
    }
  }
}
