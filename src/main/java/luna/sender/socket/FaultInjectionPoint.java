package luna.sender.socket;

import org.jspecify.annotations.Nullable;

/**
 * A test hook. A hub calls it at each {@link Step}; a test's implementation may throw there to
 * inject a fault.
 *
 * <p>Why not a stub of the called objects: a fault must also occur between two statements of one
 * method. The default implementation does nothing and is inlined.
 *
 * <p>Owner: called on the hub's event loop.
 */
interface FaultInjectionPoint {
  FaultInjectionPoint NONE = (step, account) -> {};

  /**
   * @param account null for work that belongs to no account
   */
  void reached(Step step, @Nullable AccountSessions account);

  /** The injection point of hubs created from now on. */
  final class Installed {
    private static volatile FaultInjectionPoint current = NONE;

    private Installed() {}

    static FaultInjectionPoint current() {
      return current;
    }

    /** Installs an injection point. For tests only. */
    static void install(FaultInjectionPoint injectionPoint) {
      current = injectionPoint;
    }
  }
}
