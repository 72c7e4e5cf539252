package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JoinedFramesTest implements JoinedFrames.Source {
  /** A frame whose encoding fails in the middle. */
  private static final int FAULTY = 9;

  private final Map<Integer, ByteBuf> frames = new HashMap<>();
  private final JoinedFrames joined = new JoinedFrames();
  private int asked;
  private boolean severalSessions = true;

  @Override
  public boolean hasSeveralSessions() {
    return severalSessions;
  }

  @Override
  public boolean append(int position, FrameForm form, ByteBuf target) {
    if (position == FAULTY) {
      target.writeByte('!');
      throw new IllegalStateException("fault at " + position);
    }
    ByteBuf frame = frame(position, form);
    boolean fits = frame.readableBytes() <= target.writableBytes();
    if (fits) {
      target.writeBytes(frame, 0, frame.readableBytes());
    }
    return fits;
  }

  @Override
  public ByteBuf frame(int position, FrameForm form) {
    asked++;
    ByteBuf frame = frames.get(position);
    if (frame == null) {
      throw new IllegalStateException("no frame at " + position);
    }
    return frame;
  }

  private void put(int position, String text) {
    frames.put(position, Unpooled.copiedBuffer(text, US_ASCII));
  }

  private String join(long positions) {
    joined.join(this, positions, FrameForm.PLAIN);
    return joined.bytes().toString(US_ASCII);
  }

  @Test
  void framesAreJoinedInTheOrderOfTheirPositions() {
    put(0, "first,");
    put(5, "second,");
    put(63, "third");
    assertThat(join(1L << 5 | 1 | 1L << 63)).isEqualTo("first,second,third");
    assertThat(joined.positions()).isEqualTo(1L << 5 | 1 | 1L << 63);
    assertThat(join(1L << 63 | 1L << 5)).isEqualTo("second,third");
    assertThat(joined.positions()).isEqualTo(1L << 63 | 1L << 5);
  }

  @Test
  void aSingleFrameIsNotCopied() {
    put(7, "only");
    assertThat(join(1L << 7)).isEqualTo("only");
    assertThat(joined.bytes()).isSameAs(frames.get(7));
  }

  @Test
  void aSingleFrameOfASingleSessionIsAppended() {
    severalSessions = false;
    put(7, "only");
    assertThat(join(1L << 7)).isEqualTo("only");
    assertThat(joined.bytes()).isNotSameAs(frames.get(7));
  }

  @Test
  void partOfAFrameThatCannotBeEncodedIsRemoved() {
    put(1, "a");
    assertThat(join(2 | 1L << FAULTY)).isEqualTo("a");
    assertThat(joined.positions()).isEqualTo(2);
    assertThatThrownBy(() -> join(1L << FAULTY | 1L << 10)).hasMessage("fault at 9");
    assertThat(join(2)).isEqualTo("a");
  }

  @Test
  void theSamePositionsAreJoinedOnce() {
    put(1, "a");
    put(2, "b");
    join(6);
    int before = asked;
    assertThat(join(6)).isEqualTo("ab");
    assertThat(asked).isEqualTo(before);
    joined.join(this, 6, FrameForm.SSE);
    assertThat(asked).isGreaterThan(before);
  }

  @Test
  void clearedFramesAreNotUsedAgain() {
    put(1, "a");
    put(2, "b");
    join(6);
    joined.clear();
    put(1, "c");
    assertThat(join(6)).isEqualTo("cb");
  }

  @Test
  void framesBeyondTheLimitAreLeftForTheNextJoin() {
    String large = "x".repeat(JoinedFrames.LIMIT_BYTES - 1);
    put(0, large);
    put(1, "y");
    put(2, "z");
    assertThat(join(7)).isEqualTo(large + "y");
    assertThat(joined.positions()).isEqualTo(3);
    assertThat(join(4)).isEqualTo("z");
  }

  @Test
  void aFrameOverTheLimitIsJoinedWithNoOther() {
    put(0, "x".repeat(JoinedFrames.LIMIT_BYTES + 1));
    put(1, "y");
    assertThat(join(3)).hasSize(JoinedFrames.LIMIT_BYTES + 1);
    assertThat(joined.positions()).isEqualTo(1);
  }

  @Test
  void framesBeforeOneThatCannotBeEncodedAreJoined() {
    put(0, "a");
    put(1, "b");
    assertThat(join(7)).isEqualTo("ab");
    assertThat(joined.positions()).isEqualTo(3);
    assertThatThrownBy(() -> join(4)).hasMessage("no frame at 2");
    assertThat(join(2)).isEqualTo("b");
  }
}
