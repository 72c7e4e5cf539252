package luna.sender.testing;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The services that tests share, by configuration; closed after the last test of the JVM.
 *
 * <p>Owner: one test thread.
 */
final class ServicePool implements AutoCloseable {
  /** The maximum number of idle services, which cost memory and threads. */
  private static final int MOST_IDLE = 2;

  private final Map<Map<String, String>, RunningService> idle = new LinkedHashMap<>();

  static ServicePool of(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(ServicePool.class))
        .computeIfAbsent(ServicePool.class, key -> new ServicePool(), ServicePool.class);
  }

  /** Returns an idle service with this configuration, or a new one. */
  RunningService take(Map<String, String> environment) {
    RunningService service = idle.remove(environment);
    return service == null ? new RunningService(environment) : service;
  }

  /** Returns a service to the pool. */
  void put(Map<String, String> environment, RunningService service) {
    idle.put(environment, service);
    if (idle.size() > MOST_IDLE) {
      Map<String, String> longest = idle.keySet().iterator().next();
      idle.remove(longest).close();
    }
  }

  @Override
  public void close() {
    idle.values().forEach(RunningService::close);
    idle.clear();
  }
}
