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
 * <p>How: at most {@value #LIMIT_BYTES} bytes are joined. A single frame for several sessions is
 * not copied. A single frame can be larger.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class JoinedFrames {
  static final int LIMIT_BYTES = 1 << 18;

  /** Has the frames. */
  interface Source {
    /** Returns the frame of an event, which the source owns. Throws if it cannot be encoded. */
    ByteBuf frame(int position, FrameForm form);

    /**
     * Appends the frame of an event. Throws if it cannot be encoded; the target may then have a
     * part of it.
     *
     * @return false if there is no room for it
     */
    boolean append(int position, FrameForm form, ByteBuf target);

    /** Returns whether several sessions may get the same frames. */
    boolean hasSeveralSessions();
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
    boolean copies = left != 0 || !source.hasSeveralSessions();
    if (copies && source.append(first, wantedForm, buffer)) {
      positions = 1L << first | append(source, left, wantedForm);
    } else {
      bytes = source.frame(first, wantedForm);
      positions = 1L << first;
    }
    wanted = wantedPositions;
    form = wantedForm;
  }

  /** Returns the positions of the frames that fit, up to one that cannot be encoded. */
  private long append(Source source, long more, FrameForm wantedForm) {
    long appended = 0;
    for (long left = more; left != 0; left &= left - 1) {
      int end = buffer.writerIndex();
      int position = Long.numberOfTrailingZeros(left);
      try {
        if (!source.append(position, wantedForm, buffer)) {
          break;
        }
      } catch (Throwable fault) {
        // The next join, which begins with this frame, throws it again.
        buffer.writerIndex(end);
        break;
      }
      appended |= 1L << position;
    }
    return appended;
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
    bytes = buffer.clear();
    form = null;
  }
}
