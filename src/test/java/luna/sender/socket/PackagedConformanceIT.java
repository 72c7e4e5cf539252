package luna.sender.socket;

import java.util.Map;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;

/** Runs the {@link Conformance} cases against the packaged jar. */
final class PackagedConformanceIT {
  @Test
  void everyCaseEndsAsItsSectionRequiresAgainstThePackagedJar() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.start(redis, Map.of("LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT", "1"))) {
      Conformance.run(Conformance.cases(), sender.port(), false);
      Conformance.run(Conformance.endedCases(), sender.port(), false);
    }
  }
}
