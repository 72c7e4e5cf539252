package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class LiveFramesTest {
  private final Budget budget = new Budget(1000, 1000, change -> {});
  private final Budget.Part account = budget.new Part();
  private final LiveFrames live = new LiveFrames();

  @Test
  void frameCountsOnceForAllWhoHoldItAndUntilTheLastLetsGo() {
    ByteBuf frame = Unpooled.buffer(100, 100);
    ByteBuf one = frame.retainedDuplicate();
    ByteBuf other = frame.retainedDuplicate();
    live.add(frame, account);
    assertThat(account.bytes()).isEqualTo(100);
    one.release();
    live.sweep();
    assertThat(account.bytes()).isEqualTo(100);
    other.release();
    live.sweep();
    assertThat(account.bytes()).isZero();
    assertThat(frame.refCnt()).isZero();
  }

  @Test
  void framesThatAreHeldDoNotKeepOthers() {
    ByteBuf held = Unpooled.buffer(10, 10).retain();
    ByteBuf free = Unpooled.buffer(20, 20);
    live.add(held, account);
    live.add(free, account);
    live.sweep();
    assertThat(account.bytes()).isEqualTo(10);
    assertThat(free.refCnt()).isZero();
    assertThat(held.refCnt()).isEqualTo(2);
    held.release();
    live.sweep();
    assertThat(account.bytes()).isZero();
  }
}
