package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The frames of several events, joined into contiguous bytes for one write. Sessions that get the
 * same events of a batch share them, so the frames are copied once and not once per session.
 *
 * <p>Why: one write of n frames costs the kernel more if they lie in n places.
 *
 * <p>How: at most {@value #LIMIT_BYTES} bytes are joined. A single frame is not copied, and can be
 * larger.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class JoinedFrames {
  static final int LIMIT_BYTES = 1 << 18;

  /** Has the frames. */
  interface Source {
    /** Returns the frame of an event, which the source owns. Throws if it cannot be encoded. */
    ByteBuf frame(int position, FrameForm form);
  }

  /** Freed with this object; not pooled, and never released. */
  private final ByteBuf buffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(LIMIT_BYTES));

  private ByteBuf bytes = buffer;
  private long wanted;
  private long positions;
  private @Nullable FrameForm form;

  /** Joins the frames at the first of these positions, as many as fit; at least one. */
  void join(Source source, long wantedPositions, FrameForm wantedForm) {
    if (wanted == wantedPositions && form == wantedForm) {
      return;
    }
    clear();
    int first = Long.numberOfTrailingZeros(wantedPositions);
    long left = wantedPositions & wantedPositions - 1;
    bytes = source.frame(first, wantedForm);
    positions = 1L << first;
    if (left != 0) {
      append(source, left, wantedForm);
    }
    wanted = wantedPositions;
    form = wantedForm;
  }

  private void append(Source source, long more, FrameForm wantedForm) {
    ByteBuf first = bytes;
    int length = first.readableBytes();
    for (long left = more; left != 0; left &= left - 1) {
      int position = Long.numberOfTrailingZeros(left);
      ByteBuf frame = frameOrNull(source, position, wantedForm);
      length += frame == null ? 0 : frame.readableBytes();
      if (frame == null || length > LIMIT_BYTES) {
        return;
      }
      if (bytes == first) {
        bytes = buffer.clear().writeBytes(first, first.readerIndex(), first.readableBytes());
      }
      buffer.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
      positions |= 1L << position;
    }
  }

  /** Returns null if the frame cannot be encoded: the frames before it are written first. */
  private static @Nullable ByteBuf frameOrNull(Source source, int position, FrameForm form) {
    try {
      return source.frame(position, form);
    } catch (Throwable fault) {
      // The next join, which begins with this frame, throws it again.
      return null;
    }
  }

  /** Returns the positions of the joined events. */
  long positions() {
    return positions;
  }

  /** Returns the joined frames. Valid until the next {@link #join}; not to be released. */
  ByteBuf bytes() {
    return bytes;
  }

  /** Forgets the frames, before the batch releases them. */
  void clear() {
    wanted = 0;
    positions = 0;
    bytes = buffer;
    form = null;
  }
}
