package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.event.Gap;
import luna.sender.event.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class BacklogTest {
  private final Backlog backlog = new Backlog(SteadyClock.system());
  private final ByteBuf[] frames = new ByteBuf[4];

  private void fill() {
    for (int i = 0; i < frames.length; i++) {
      frames[i] = Unpooled.buffer().writeZero(10);
      backlog.add(frames[i], System.nanoTime());
    }
  }

  @AfterEach
  void nothingIsHeldAnyMore() {
    backlog.clear();
    for (ByteBuf frame : frames) {
      assertThat(frame == null || frame.refCnt() == 0).isTrue();
    }
  }

  @Test
  void whatIsDroppedLeavesOneGapAtTheHead() {
    fill();
    assertThat(backlog.dropOldest()).isEqualTo(1);
    assertThat(backlog.dropOldest()).isEqualTo(1);
    assertThat(backlog.bytes()).isEqualTo(20);
    assertThat(backlog.events()).isEqualTo(2);
    Gap gap = Objects.requireNonNull(backlog.takeGap());
    assertThat(gap.cause()).isEqualTo(Gap.Cause.SLOW);
    assertThat(gap.dropped()).isEqualTo(2);
    assertThat(gap.from()).isBeforeOrEqualTo(gap.to());
    assertThat(backlog.takeGap()).isNull();
    Backlog.Waiting next = Objects.requireNonNull(backlog.poll());
    assertThat(next.frame()).isSameAs(frames[2]);
    next.frame().release();
  }

  @Test
  void frameThatTellsOfAGapIsNoEvent() {
    fill();
    backlog.addGap(Unpooled.buffer().writeZero(5));
    assertThat(backlog.events()).isEqualTo(4);
    assertThat(backlog.bytes()).isEqualTo(45);
    for (int i = 0; i < 4; i++) {
      assertThat(backlog.dropOldest()).isEqualTo(1);
    }
    assertThat(backlog.dropOldest()).isZero();
    assertThat(Objects.requireNonNull(backlog.takeGap()).dropped()).isEqualTo(4);
    assertThat(backlog.isEmpty()).isTrue();
  }

  @Test
  void gapThatIsNotToldYetIsNotNothing() {
    frames[0] = Unpooled.buffer().writeZero(10);
    backlog.add(frames[0], System.nanoTime());
    assertThat(backlog.hasOlder()).isFalse();
    backlog.dropOldest();
    assertThat(backlog.isEmpty()).isFalse();
    assertThat(backlog.poll()).isNull();
    assertThat(backlog.clear()).isZero();
    assertThat(backlog.isEmpty()).isTrue();
  }

  @Test
  void gapDuringWhichTheWallClockIsSetBackEndsBehindItsBeginning() {
    AtomicReference<Instant> wall = new AtomicReference<>(Instant.now());
    Backlog timed = new Backlog(new SteadyClock(wall::get));
    for (int i = 0; i < 2; i++) {
      frames[i] = Unpooled.buffer().writeZero(10);
      timed.add(frames[i], System.nanoTime());
    }
    timed.dropOldest();
    wall.updateAndGet(before -> before.minusSeconds(600));
    timed.dropOldest();
    Gap gap = Objects.requireNonNull(timed.takeGap());
    assertThat(Duration.between(gap.from(), gap.to()))
        .isBetween(Duration.ZERO, Duration.ofMinutes(1));
  }

  @Test
  void clearSaysHowManyEventsThereWere() {
    fill();
    assertThat(backlog.clear()).isEqualTo(4);
    assertThat(backlog.bytes()).isZero();
  }
}
