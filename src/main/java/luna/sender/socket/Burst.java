package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import luna.sender.event.Event;
import luna.sender.ops.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Events that are here together, and the sessions that want some of them: what leaves in one flush
 * per session.
 *
 * <p>Shape: at most {@value #LIMIT} events, each known by its place; a session has one bit for
 * each. So an event touches one word of each session that wants it, and the session's channel,
 * which is a dozen cache lines, is touched once per burst.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class Burst {
  static final int LIMIT = Long.SIZE;

  private final Framing framing;
  private final @Nullable Event[] events = new Event[LIMIT];
  private final @Nullable AccountSessions[] accounts = new AccountSessions[LIMIT];
  private final @Nullable ByteBuf[] plain = new ByteBuf[LIMIT];
  private final @Nullable ByteBuf[] deflated = new ByteBuf[LIMIT];

  /** Of frames that some clients have to wait for: plain ones, and then deflated ones. */
  private final @Nullable SharedFrame[] shared = new SharedFrame[2 * LIMIT];

  private int size;

  /** The places of events that are traced, nearly always none. */
  private long traced;

  private final Traces.@Nullable Write[] writes = new Traces.Write[LIMIT];
  private List<Session> sessions = new ArrayList<>();

  Burst(Framing framing) {
    this.framing = framing;
  }

  boolean isFull() {
    return size == LIMIT;
  }

  /**
   * An event that a session wants.
   *
   * @return its place
   */
  int add(Event event, AccountSessions account) {
    events[size] = event;
    accounts[size] = account;
    return size++;
  }

  /** The session wants a frame of this burst: its first, or it is there already. */
  void add(Session session) {
    sessions.add(session);
  }

  /** What becomes of the event at this place is told there. */
  void trace(int place, Traces.Write write) {
    traced |= 1L << place;
    writes[place] = write;
  }

  /** Which of these places are traced. */
  long traced(long places) {
    return places & traced;
  }

  Traces.Write write(int place) {
    return Objects.requireNonNull(writes[place]);
  }

  Event event(int place) {
    return Objects.requireNonNull(events[place]);
  }

  /** The frame of an event, which is made when the first session asks; the burst's own. */
  ByteBuf frame(int place, boolean mayDeflate) {
    ByteBuf frame = mayDeflate ? deflated[place] : plain[place];
    if (frame == null && mayDeflate) {
      frame = framing.deflated(event(place));
      frame = frame == null ? frame(place, false).retain() : frame;
      deflated[place] = frame;
    } else if (frame == null) {
      frame = Framing.plain(event(place));
      plain[place] = frame;
    }
    return frame;
  }

  /** The memory of a frame of {@link #frame} that a client has to wait for. */
  SharedFrame shared(int place, boolean mayDeflate) {
    ByteBuf frame = frame(place, mayDeflate);
    int slot = frame == plain[place] ? place : LIMIT + place;
    SharedFrame known = shared[slot];
    if (known == null) {
      known = new SharedFrame(frame.capacity(), Objects.requireNonNull(accounts[place]).queue);
      shared[slot] = known;
    }
    return known;
  }

  /** Writes to each session what it wants, and forgets all. */
  void flush() {
    List<Session> wanting = sessions;
    sessions = new ArrayList<>(wanting.size());
    for (int i = 0; i < wanting.size(); i++) {
      wanting.get(i).flush(this);
    }
    for (; traced != 0; traced &= traced - 1) {
      int place = Long.numberOfTrailingZeros(traced);
      write(place).end();
      writes[place] = null;
    }
    for (int i = 0; i < size; i++) {
      ReferenceCountUtil.release(deflated[i]);
      ReferenceCountUtil.release(plain[i]);
      events[i] = null;
      accounts[i] = null;
      plain[i] = null;
      deflated[i] = null;
      shared[i] = null;
      shared[LIMIT + i] = null;
    }
    size = 0;
  }
}
