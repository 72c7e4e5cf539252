package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that are here together, and the sessions that want some of them: what leaves in one flush
 * per session.
 *
 * <p>Shape: at most {@value #LIMIT} frames, each known by its place; a session has one bit for
 * each. So an event touches one word of each session that wants it, and the session's channel,
 * which is a dozen cache lines, is touched once per burst.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Burst {
  static final int LIMIT = Long.SIZE;

  private final @Nullable ByteBuf[] frames = new ByteBuf[LIMIT];
  private final long[] receivedNanos = new long[LIMIT];
  private int size;
  private List<Session> sessions = new ArrayList<>();

  boolean isFull() {
    return size == LIMIT;
  }

  /**
   * Takes the reference over.
   *
   * @return the frame's place
   */
  int add(ByteBuf frame, long nanos) {
    frames[size] = frame;
    receivedNanos[size] = nanos;
    return size++;
  }

  /** The session wants a frame of this burst: its first, or it is there already. */
  void add(Session session) {
    sessions.add(session);
  }

  ByteBuf frame(int place) {
    ByteBuf frame = frames[place];
    if (frame == null) {
      throw new IndexOutOfBoundsException(place);
    }
    return frame;
  }

  long receivedNanos(int place) {
    return receivedNanos[place];
  }

  /** Writes to each session what it wants, and forgets all. */
  void flush() {
    List<Session> wanting = sessions;
    sessions = new ArrayList<>(wanting.size());
    for (int i = 0; i < wanting.size(); i++) {
      wanting.get(i).flush(this);
    }
    for (int i = 0; i < size; i++) {
      frame(i).release();
      frames[i] = null;
    }
    size = 0;
  }
}
