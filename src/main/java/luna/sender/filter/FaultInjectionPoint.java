package luna.sender.filter;

/**
 * Fault-injection hook for tests. Called between two changes of an index; a test's implementation
 * may throw there.
 *
 * <p>Owner: called on the event loop of the index.
 */
interface FaultInjectionPoint {
  FaultInjectionPoint NONE = () -> {};

  void reached();

  /** The injection point of all indexes. */
  final class Installed {
    private static volatile FaultInjectionPoint current = NONE;

    private Installed() {}

    static void reached() {
      current.reached();
    }

    /** Installs an injection point. For tests only. */
    static void install(FaultInjectionPoint injectionPoint) {
      current = injectionPoint;
    }
  }
}
