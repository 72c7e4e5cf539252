package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class WantedEventsTest {
  @Test
  void resultsEqualThoseOfALinearSearch() {
    Random random = new Random(1);
    for (int trial = 0; trial < 200; trial++) {
      int ring = 1 + random.nextInt(12);
      boolean[] wanted = new boolean[ring];
      for (int i = 0; i < ring; i++) {
        wanted[i] = random.nextInt(3) == 0;
      }
      compare(new WantedEvents(ring, index -> wanted[index]), wanted);
    }
  }

  private static void compare(WantedEvents events, boolean[] wanted) {
    int end = 3 * wanted.length;
    for (int from = 0; from < end; from++) {
      assertThat(events.contains(from)).isEqualTo(wanted[from % wanted.length]);
      long next = WantedEvents.NEVER;
      for (int i = from + wanted.length - 1; i >= from; i--) {
        next = wanted[i % wanted.length] ? i : next;
      }
      assertThat(events.nextFrom(from)).isEqualTo(next);
      long count = 0;
      for (int to = from; to < end; to++) {
        assertThat(events.count(from, to)).isEqualTo(count);
        count += wanted[to % wanted.length] ? 1 : 0;
      }
    }
  }

  @Test
  void filterThatMatchesNothingExpectsNothing() {
    WantedEvents none = new WantedEvents(5, index -> false);
    assertThat(none.nextFrom(3)).isEqualTo(WantedEvents.NEVER);
    assertThat(none.count(0, 1_000_000)).isZero();
    assertThat(none.count(WantedEvents.NEVER, 7)).isZero();
  }
}
