package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
  private final Readiness readiness = new Readiness();

  @Test
  void nodeIsReadyWhenNoPartHasAFault() {
    assertThat(readiness.faults()).isEmpty();
    readiness.require("redis", () -> null);
    assertThat(readiness.faults()).isEmpty();
  }

  @Test
  void everyCurrentFaultIsReportedWithItsPart() {
    AtomicReference<String> fault = new AtomicReference<>("away");
    readiness.require("redis", fault::get);
    readiness.require("canary", () -> "silent");
    assertThat(readiness.faults()).containsExactly("redis: away", "canary: silent");
    fault.set(null);
    assertThat(readiness.faults()).containsExactly("canary: silent");
  }

  @Test
  void leavingNodeIsNeverReadyAgain() {
    readiness.require("redis", () -> null);
    readiness.leave();
    assertThat(readiness.faults()).containsExactly("node: going away");
  }
}
