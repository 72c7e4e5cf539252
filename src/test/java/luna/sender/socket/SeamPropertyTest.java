package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import luna.sender.event.Position;
import luna.sender.socket.ReplayModel.Received;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Tests the seam between the history and the live events against an oracle: for every interleaving
 * of publishing, delivering, reading and losing, a session receives each event once and in order,
 * and where events are missing, a gap.
 */
final class SeamPropertyTest {
  @Property(tries = 5_000)
  void nothingIsMissingOrRepeatedAtTheSeam(@ForAll long seed) {
    Random random = new Random(seed);
    ReplayModel model = new ReplayModel(random);
    int steps = 20 + random.nextInt(300);
    for (int i = 0; i < steps; i++) {
      model.step();
    }
    model.settle();
    assertContinuous(model.published(), model.received());
  }

  private static void assertContinuous(List<Position> published, List<Received> received) {
    int expected = -1;
    boolean gap = false;
    for (Received each : received) {
      if (each.event() == null) {
        gap = true;
        continue;
      }
      int index = published.indexOf(each.event());
      assertThat(index).as("published: " + each).isNotNegative();
      if (expected < 0) {
        expected = index;
      }
      assertThat(index).as("order of " + each).isGreaterThanOrEqualTo(expected);
      assertThat(gap || index == expected).as("events are missing before " + each).isTrue();
      expected = index + 1;
      gap = false;
    }
    assertThat(expected).as("the last event has arrived").isEqualTo(published.size());
  }
}
