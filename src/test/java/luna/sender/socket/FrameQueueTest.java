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
  private final FrameQueue queue = new FrameQueue(clock);
  private final List<ByteBuf> frames = new ArrayList<>();

  private void add(int events) {
    for (int i = 0; i < events; i++) {
      ByteBuf frame = Unpooled.buffer().writeZero(10);
      frames.add(frame);
      queue.add(frame, new SharedFrameMemory(10, account), System.nanoTime());
    }
  }

  private void add(Cause cause, long dropped) {
    queue.add(new Gap(clock.now(), clock.now(), cause, dropped));
  }

  @AfterEach
  void nothingIsHeldAnyMore() {
    queue.clear();
    assertThat(frames).allMatch(frame -> frame.refCnt() == 0);
    assertThat(account.bytes()).isZero();
  }

  @Test
  void droppedEventsLeaveOneGapInTheirPlace() {
    add(4);
    queue.dropOldest();
    queue.dropOldest();
    assertThat(queue.events()).isEqualTo(2);
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
      queue.dropOldest();
    }
    assertThat(List.of(gap(), gap(), gap()))
        .extracting(Gap::cause, Gap::dropped)
        .containsExactly(
            tuple(Cause.SLOW, 2L), tuple(Cause.REDIS_CLOSED, Gap.UNKNOWN), tuple(Cause.SLOW, 2L));
    assertThat(event()).isSameAs(frames.get(4));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void gapsWithoutEventsBetweenThemAreBounded() {
    add(1);
    for (int i = 0; i < 100; i++) {
      add(Cause.REDIS_LOST, Gap.UNKNOWN);
    }
    assertThat(queue.size()).isEqualTo(1 + FrameQueue.GAPS_LIMIT);
    queue.dropOldest();
    assertThat(queue.size()).isEqualTo(FrameQueue.GAPS_LIMIT);
    for (int i = 0; i < 100; i++) {
      add(Cause.OVERLOAD, 1);
    }
    assertThat(queue.size()).isEqualTo(FrameQueue.GAPS_LIMIT);
  }

  @Test
  void queueOfOnlyGapsIsNotEmpty() {
    add(1);
    queue.dropOldest();
    assertThat(queue.isEmpty()).isFalse();
    assertThat(gap().dropped()).isEqualTo(1);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  @Test
  void gapEndsAfterItsStartEvenIfTheWallClockIsSetBack() {
    add(2);
    queue.dropOldest();
    wall.updateAndGet(before -> before.minusSeconds(600));
    queue.dropOldest();
    Gap gap = gap();
    assertThat(Duration.between(gap.from(), gap.to()))
        .isBetween(Duration.ZERO, Duration.ofMinutes(1));
  }

  @Test
  void clearReturnsHowManyEventsThereWere() {
    add(4);
    add(Cause.OVERLOAD, 3);
    assertThat(queue.clear()).isEqualTo(4);
    assertThat(queue.bytes()).isZero();
    assertThat(queue.isEmpty()).isTrue();
  }

  private Gap gap() {
    return ((Missing) Objects.requireNonNull(queue.poll())).gap();
  }

  /** Polls the next event's frame and releases it, as if it was written. */
  private ByteBuf event() {
    Waiting next = (Waiting) Objects.requireNonNull(queue.poll());
    next.frame().release();
    next.shared().release();
    return next.frame();
  }
}
