package luna.sender.cli.bench;

import static luna.sender.cli.bench.SequenceCheck.Arrival.AHEAD;
import static luna.sender.cli.bench.SequenceCheck.Arrival.DUPLICATE;
import static luna.sender.cli.bench.SequenceCheck.Arrival.LATE;
import static luna.sender.cli.bench.SequenceCheck.Arrival.NEXT;
import static luna.sender.cli.bench.SequenceCheck.Arrival.WRONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SequenceCheckTest {
  private final SequenceCheck even =
      new SequenceCheck(new WantedEvents(4, index -> index % 2 == 0));

  @Test
  void expectedNumbersInOrderAreRight() {
    for (long sequence = 0; sequence < 100; sequence += 2) {
      assertThat(even.accept(sequence)).isEqualTo(NEXT);
    }
    assertThat(even.lost(100)).isZero();
    assertThat(even.expected(100)).isEqualTo(50);
  }

  @Test
  void missingNumberIsLost() {
    assertThat(even.accept(0)).isEqualTo(NEXT);
    assertThat(even.accept(6)).isEqualTo(AHEAD);
    assertThat(even.missing()).isEqualTo(2);
    assertThat(even.lost(7)).isEqualTo(2);
    assertThat(even.lost(11)).isEqualTo(4);
  }

  @Test
  void lateNumberIsOutOfOrderAndNotLost() {
    assertThat(even.accept(6)).isEqualTo(AHEAD);
    assertThat(even.accept(2)).isEqualTo(LATE);
    assertThat(even.accept(4)).isEqualTo(LATE);
    assertThat(even.accept(0)).isEqualTo(LATE);
    assertThat(even.accept(8)).isEqualTo(NEXT);
    assertThat(even.lost(9)).isZero();
  }

  @Test
  void repeatedNumberIsADuplicateEvenIfItWasLate() {
    assertThat(even.accept(0)).isEqualTo(NEXT);
    assertThat(even.accept(0)).isEqualTo(DUPLICATE);
    assertThat(even.accept(4)).isEqualTo(AHEAD);
    assertThat(even.accept(2)).isEqualTo(LATE);
    assertThat(even.accept(2)).isEqualTo(DUPLICATE);
    assertThat(even.accept(4)).isEqualTo(DUPLICATE);
    assertThat(even.lost(5)).isZero();
  }

  @Test
  void numberThatTheFilterRejectsIsWrong() {
    assertThat(even.accept(1)).isEqualTo(WRONG);
    assertThat(even.accept(0)).isEqualTo(NEXT);
    assertThat(even.accept(7)).isEqualTo(WRONG);
    assertThat(even.lost(2)).isZero();
    SequenceCheck none = new SequenceCheck(new WantedEvents(4, index -> false));
    assertThat(none.accept(0)).isEqualTo(WRONG);
    assertThat(none.lost(100)).isZero();
  }

  @Test
  void countersBalanceInAnyOrderWithAnyLoss() {
    Random random = new Random(1);
    for (int trial = 0; trial < 100; trial++) {
      List<Long> sent = new ArrayList<>();
      for (long sequence = 0; sequence < 60; sequence++) {
        if (random.nextInt(4) > 0) {
          sent.add(sequence);
        }
      }
      Collections.shuffle(sent, random);
      SequenceCheck check = new SequenceCheck(new WantedEvents(1, index -> true));
      for (long sequence : sent) {
        assertThat(check.accept(sequence)).isIn(NEXT, AHEAD, LATE);
      }
      for (long sequence : sent) {
        assertThat(check.accept(sequence)).isEqualTo(DUPLICATE);
      }
      assertThat(check.lost(60)).isEqualTo(60 - sent.size());
    }
  }

  @Test
  void eventsPublishedWhileAClientIsDisconnectedAreMissedAndNotLost() {
    assertThat(even.accept(0)).isEqualTo(NEXT);
    even.skip(9);
    assertThat(even.missed()).isEqualTo(4);
    assertThat(even.accept(10)).isEqualTo(NEXT);
    assertThat(even.accept(8)).isEqualTo(DUPLICATE);
    assertThat(even.expected(11)).isEqualTo(2);
    assertThat(even.lost(11)).isZero();
    assertThat(even.lost(13)).isEqualTo(1);
  }

  @Test
  void eventOnItsWayAtTheReconnectionIsNotMissed() {
    assertThat(even.accept(0)).isEqualTo(NEXT);
    even.skip(9);
    assertThat(even.accept(6)).isEqualTo(NEXT);
    assertThat(even.missed()).isEqualTo(2);
    assertThat(even.lost(9)).isEqualTo(1);
    assertThat(even.accept(8)).isEqualTo(NEXT);
    assertThat(even.accept(2)).isEqualTo(DUPLICATE);
    assertThat(even.lost(9)).isZero();
  }

  @Test
  void lossBeforeADisconnectionStaysLost() {
    assertThat(even.accept(4)).isEqualTo(AHEAD);
    even.skip(7);
    assertThat(even.missed()).isEqualTo(1);
    assertThat(even.lost(7)).isEqualTo(2);
    assertThat(even.accept(12)).isEqualTo(AHEAD);
    assertThat(even.lost(13)).isEqualTo(4);
  }

  @Test
  void gapsAboveTheLimitAreEvictedButStayLost() {
    int gaps = SequenceCheck.MAX_GAPS + 1;
    SequenceCheck check = new SequenceCheck(new WantedEvents(1, index -> true));
    for (long sequence = 1; sequence < 2L * gaps; sequence += 2) {
      check.accept(sequence);
    }
    assertThat(check.accept(0)).isEqualTo(DUPLICATE);
    assertThat(check.accept(2)).isEqualTo(LATE);
    assertThat(check.lost(2L * gaps)).isEqualTo(gaps - 1);
  }
}
