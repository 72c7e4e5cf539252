package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import luna.sender.event.Gap;
import luna.sender.event.Gap.Cause;
import luna.sender.event.SteadyClock;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * Tests that each loss is covered by a gap, for random sequences of adding, dropping and reading.
 */
final class FrameQueuePropertyTest {
  private enum Step {
    EVENT,
    REDIS_GAP,
    OVERLOAD_GAP,
    DROP,
    READ,
    CLOCK_SET_BACK
  }

  /** An event, or a gap of the account. */
  private record Item(int event, @Nullable Gap lost, long nanos) {}

  /** An event or a gap that the client received. */
  private record Sent(int event, @Nullable Gap gap) {}

  private final AtomicReference<Instant> wall = new AtomicReference<>(Instant.now());
  private final SteadyClock clock = new SteadyClock(wall::get);
  private final Budget.Part account = new Budget(1 << 20, 1 << 20, change -> {}).new Part();

  @Property(tries = 2_000)
  void everyLossIsCoveredByAGapInItsPlace(@ForAll @Size(max = 120) List<Step> steps) {
    FrameQueue queue = new FrameQueue(clock);
    List<Item> stream = new ArrayList<>();
    List<Sent> sent = new ArrayList<>();
    for (Step step : steps) {
      switch (step) {
        case EVENT -> {
          Item event = new Item(stream.size(), null, System.nanoTime());
          stream.add(event);
          ByteBuf frame = Unpooled.buffer(4, 4).writeInt(event.event);
          queue.add(frame, new SharedFrameMemory(4, account), event.nanos);
        }
        case REDIS_GAP -> lose(queue, stream, Cause.REDIS_LOST, Gap.UNKNOWN);
        case OVERLOAD_GAP -> lose(queue, stream, Cause.OVERLOAD, 3);
        case DROP -> {
          if (queue.events() > 0) {
            queue.dropOldest();
          }
        }
        case READ -> read(queue, sent);
        case CLOCK_SET_BACK -> wall.updateAndGet(time -> time.minusSeconds(600));
      }
      assertThat(queue.size())
          .isLessThanOrEqualTo((queue.events() + 1) * (1 + FrameQueue.GAPS_LIMIT));
    }
    while (!queue.isEmpty()) {
      read(queue, sent);
    }
    assertThat(account.bytes()).isZero();
    check(stream, sent);
  }

  private void lose(FrameQueue queue, List<Item> stream, Cause cause, long dropped) {
    Gap gap = new Gap(clock.now(), clock.now(), cause, dropped);
    stream.add(new Item(-1, gap, 0));
    queue.add(gap);
  }

  private static void read(FrameQueue queue, List<Sent> sent) {
    FrameQueue.Entry next = queue.poll();
    if (next instanceof FrameQueue.Waiting event) {
      sent.add(new Sent(event.frame().readInt(), null));
      event.frame().release();
      event.shared().release();
    } else if (next instanceof FrameQueue.Missing missing) {
      sent.add(new Sent(-1, missing.gap()));
    }
  }

  /** Compares the gaps between each two events that the client received. */
  private static void check(List<Item> stream, List<Sent> sent) {
    int place = 0;
    List<Gap> gaps = new ArrayList<>();
    for (Sent each : sent) {
      if (each.gap != null) {
        gaps.add(each.gap);
      } else {
        assertThat(each.event).isGreaterThanOrEqualTo(place);
        checkBetween(stream.subList(place, each.event), gaps);
        gaps.clear();
        place = each.event + 1;
      }
    }
    checkBetween(stream.subList(place, stream.size()), gaps);
  }

  private static void checkBetween(List<Item> missing, List<Gap> gaps) {
    assertThat(gaps).allMatch(gap -> !gap.to().isBefore(gap.from()));
    assertThat(gaps.isEmpty()).isEqualTo(missing.isEmpty());
    long expected = 0;
    boolean known = true;
    boolean redis = false;
    for (Item item : missing) {
      assertThat(gaps).anyMatch(gap -> covers(gap, item));
      expected += item.lost == null ? 1 : item.lost.dropped();
      known &= item.lost == null || item.lost.dropped() != Gap.UNKNOWN;
      redis |= item.lost != null && item.lost.cause() == Cause.REDIS_LOST;
    }
    boolean exact = gaps.stream().allMatch(gap -> gap.dropped() != Gap.UNKNOWN);
    if (exact) {
      assertThat(gaps.stream().mapToLong(Gap::dropped).sum()).isEqualTo(expected);
      assertThat(known).isTrue();
    } else {
      assertThat(known && missing.size() < FrameQueue.GAPS_LIMIT).isFalse();
    }
    assertThat(gaps.stream().anyMatch(gap -> gap.cause() == Cause.REDIS_LOST)).isEqualTo(redis);
  }

  private static boolean covers(Gap gap, Item item) {
    long first = item.lost == null ? item.nanos : item.lost.begin().nanos();
    long last = item.lost == null ? item.nanos : item.lost.end().nanos();
    return gap.begin().nanos() - first <= 0 && gap.end().nanos() - last >= 0;
  }
}
