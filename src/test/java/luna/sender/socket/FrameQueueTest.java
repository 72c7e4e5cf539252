package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.event.Gap;
import luna.sender.event.Gap.Cause;
import luna.sender.event.SteadyClock;
import luna.sender.socket.FrameQueue.Missing;
import luna.sender.socket.FrameQueue.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FrameQueueTest {
  private final AtomicReference<Instant> wall = new AtomicReference<>(Instant.now());
  private final SteadyClock clock = new SteadyClock(wall::get);
  private final Budget.Part account = new Budget(1000, 1000, change -> {}).new Part();
  private final FrameQueue backlog = new FrameQueue(clock);
  private final List<ByteBuf> frames = new ArrayList<>();

  private void add(int events) {
    for (int i = 0; i < events; i++) {
      ByteBuf frame = Unpooled.buffer().writeZero(10);
      frames.add(frame);
      backlog.add(frame, new SharedFrameMemory(10, account), System.nanoTime());
    }
  }

  private void add(Cause cause, long dropped) {
    backlog.add(new Gap(clock.now(), clock.now(), cause, dropped));
  }

  @AfterEach
  void nothingIsHeldAnyMore() {
    backlog.clear();
    assertThat(frames).allMatch(frame -> frame.refCnt() == 0);
    assertThat(account.bytes()).isZero();
  }

  @Test
  void droppedEventsLeaveOneGapInTheirPlace() {
    add(4);
    backlog.dropOldest();
    backlog.dropOldest();
    assertThat(backlog.events()).isEqualTo(2);
    assertThat(account.bytes()).isEqualTo(20);
    Gap gap = gap();
    assertThat(gap.cause()).isEqualTo(Cause.SLOW);
    assertThat(gap.dropped()).isEqualTo(2);
    assertThat(event()).isSameAs(frames.get(2));
  }

  @Test
  void gapAmongDroppedEventsIsKeptInItsPlace() {
    add(2);
    add(Cause.REDIS_CLOSED, Gap.UNKNOWN);
    add(3);
    for (int i = 0; i < 4; i++) {
      backlog.dropOldest();
    }
    assertThat(List.of(gap(), gap(), gap()))
        .extracting(Gap::cause, Gap::dropped)
        .containsExactly(
            tuple(Cause.SLOW, 2L), tuple(Cause.REDIS_CLOSED, Gap.UNKNOWN), tuple(Cause.SLOW, 2L));
    assertThat(event()).isSameAs(frames.get(4));
    assertThat(backlog.isEmpty()).isTrue();
  }

  @Test
  void gapsWithoutEventsBetweenThemAreBounded() {
    add(1);
    for (int i = 0; i < 100; i++) {
      add(Cause.REDIS_LOST, Gap.UNKNOWN);
    }
    assertThat(backlog.size()).isEqualTo(1 + FrameQueue.GAPS_LIMIT);
    backlog.dropOldest();
    assertThat(backlog.size()).isEqualTo(FrameQueue.GAPS_LIMIT);
    for (int i = 0; i < 100; i++) {
      add(Cause.OVERLOAD, 1);
    }
    assertThat(backlog.size()).isEqualTo(FrameQueue.GAPS_LIMIT);
  }

  @Test
  void backlogOfOnlyGapsIsNotEmpty() {
    add(1);
    backlog.dropOldest();
    assertThat(backlog.isEmpty()).isFalse();
    assertThat(gap().dropped()).isEqualTo(1);
    assertThat(backlog.isEmpty()).isTrue();
    assertThat(backlog.poll()).isNull();
  }

  @Test
  void gapEndsAfterItsStartEvenIfTheWallClockIsSetBack() {
    add(2);
    backlog.dropOldest();
    wall.updateAndGet(before -> before.minusSeconds(600));
    backlog.dropOldest();
    Gap gap = gap();
    assertThat(Duration.between(gap.from(), gap.to()))
        .isBetween(Duration.ZERO, Duration.ofMinutes(1));
  }

  @Test
  void clearReturnsHowManyEventsThereWere() {
    add(4);
    add(Cause.OVERLOAD, 3);
    assertThat(backlog.clear()).isEqualTo(4);
    assertThat(backlog.bytes()).isZero();
    assertThat(backlog.isEmpty()).isTrue();
  }

  private Gap gap() {
    return ((Missing) Objects.requireNonNull(backlog.poll())).gap();
  }

  /** Polls the next event's frame and releases it, as if it was written. */
  private ByteBuf event() {
    Waiting next = (Waiting) Objects.requireNonNull(backlog.poll());
    next.frame().release();
    next.shared().release();
    return next.frame();
  }
}
