package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Frames that some clients have not taken yet. A frame is shared by all who wait for it, so its
 * memory counts once, whatever their number.
 *
 * <p>Shape: nothing tells when the last client has let go of a frame, so they are looked through by
 * {@link #sweep}, and count until then.
 *
 * <p>Owner: confined to its hub's event loop; owns a reference to each frame.
 */
final class LiveFrames {
  private record Live(ByteBuf frame, int bytes, Budget.Part account) {}

  private final Deque<Live> frames = new ArrayDeque<>();

  /** Takes the caller's reference over. */
  void add(ByteBuf frame, Budget.Part account) {
    account.use(frame.capacity());
    frames.add(new Live(frame, frame.capacity(), account));
  }

  /** Lets go of those that nobody else holds any more. */
  void sweep() {
    for (int left = frames.size(); left > 0; left--) {
      Live live = frames.remove();
      if (live.frame.refCnt() > 1) {
        frames.add(live);
      } else {
        live.frame.release();
        live.account.use(-live.bytes);
      }
    }
  }
}
