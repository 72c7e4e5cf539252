package luna.sender.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Whether clients should be sent to this node now: each part of it says what it lacks.
 *
 * <p>Shape: a fault is {@code part: what is wrong}; no faults, ready.
 *
 * <p>Owner: thread-safe. A part is asked on any thread, for each probe, and must answer at once.
 */
public final class Readiness {
  private final List<Required> parts = new CopyOnWriteArrayList<>();
  private volatile boolean leaving;

  /** What a node needs to be of use to a client. */
  public interface Part {
    /** What is wrong with it, or null. */
    @Nullable String fault();
  }

  private record Required(String name, Part part) {}

  /** From now on this part has to be without fault. */
  public void require(String name, Part part) {
    parts.add(new Required(name, part));
  }

  /** This node is going away: it will not be ready again. */
  public void leave() {
    leaving = true;
  }

  /** All that is wrong, in the order in which the parts were named. */
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
