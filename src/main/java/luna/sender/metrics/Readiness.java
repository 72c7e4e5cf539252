package luna.sender.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether this node should get clients, from the faults of its parts.
 *
 * <p>Shape: a fault is {@code part: what is wrong}. A node without faults is ready.
 *
 * <p>Owner: thread-safe. Each probe calls all parts, on any thread; they must not block.
 */
public final class Readiness {
  private final List<Required> parts = new CopyOnWriteArrayList<>();
  private volatile boolean leaving;

  /** A part of the node that must work. */
  public interface Part {
    /** Returns what is wrong with the part, or null. */
    @Nullable String fault();
  }

  private record Required(String name, Part part) {}

  /** Adds a part that must be without fault. */
  public void require(String name, Part part) {
    parts.add(new Required(name, part));
  }

  /** Marks the node as shutting down. It never becomes ready again. */
  public void leave() {
    leaving = true;
  }

  /** Returns all faults, in the order in which the parts were added. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (leaving) {
      faults.add("node: going away");
    }
    for (Required required : parts) {
      String fault = required.part.fault();
      if (fault != null) {
        faults.add(required.name + ": " + fault);
      }
    }
    return faults;
  }
}
