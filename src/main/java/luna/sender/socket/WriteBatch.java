package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import luna.sender.event.Event;
import luna.sender.metrics.FaultCounter;
import luna.sender.trace.Traces;
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
final class WriteBatch {
  static final int LIMIT = Long.SIZE;

  private final Framing framing;
  private final FaultCounter faults;
  private final Checkpoint checkpoint;
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
  private final List<Session> sessions = new ArrayList<>();

  /** The places whose plain, and whose deflated, frame can't be made: a try per session is dear. */
  private long plainFailed;

  private long deflatedFailed;
  private boolean flushing;

  WriteBatch(Framing framing, FaultCounter faults, Checkpoint checkpoint) {
    this.framing = framing;
    this.faults = faults;
    this.checkpoint = checkpoint;
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
    return frame == null ? make(place, mayDeflate) : frame;
  }

  private ByteBuf make(int place, boolean mayDeflate) {
    long bit = 1L << place;
    if (((mayDeflate ? deflatedFailed : plainFailed) & bit) != 0) {
      throw new IllegalStateException("frame: failed before (expected: made)");
    }
    try {
      return mayDeflate ? makeDeflated(place) : makePlain(place);
    } catch (Throwable fault) {
      if (mayDeflate) {
        deflatedFailed |= bit;
      } else {
        plainFailed |= bit;
      }
      throw fault;
    }
  }

  private ByteBuf makePlain(int place) {
    checkpoint.reached(Step.FRAME, account(place));
    ByteBuf frame = Framing.plain(event(place));
    plain[place] = frame;
    return frame;
  }

  private ByteBuf makeDeflated(int place) {
    checkpoint.reached(Step.DEFLATE, account(place));
    ByteBuf frame = framing.deflated(event(place));
    frame = frame == null ? frame(place, false).retain() : frame;
    deflated[place] = frame;
    return frame;
  }

  private AccountSessions account(int place) {
    return Objects.requireNonNull(accounts[place]);
  }

  /** The memory of a frame of {@link #frame} that a client has to wait for. */
  SharedFrame shared(int place, boolean mayDeflate) {
    ByteBuf frame = frame(place, mayDeflate);
    int slot = frame == plain[place] ? place : LIMIT + place;
    SharedFrame known = shared[slot];
    if (known == null) {
      known = new SharedFrame(frame.capacity(), account(place).queue);
      shared[slot] = known;
    }
    return known;
  }

  /**
   * Writes to each session what it wants, and forgets all; does not throw.
   *
   * @return false if a fault has kept it from each of them
   */
  boolean flush() {
    if (flushing) {
      return true;
    }
    flushing = true;
    boolean nobody = !sessions.isEmpty();
    for (int i = 0; i < sessions.size(); i++) {
      Session session = sessions.get(i);
      try {
        nobody &= !session.flush(this);
      } catch (Throwable fault) {
        session.fault(Step.FLUSH, fault);
      }
    }
    sessions.clear();
    for (int i = 0; i < size; i++) {
      forget(i);
    }
    size = 0;
    traced = 0;
    plainFailed = 0;
    deflatedFailed = 0;
    flushing = false;
    return !nobody;
  }

  private void forget(int place) {
    AccountSessions account = account(place);
    ByteBuf frame = plain[place];
    ByteBuf smaller = deflated[place];
    Traces.Write write = writes[place];
    events[place] = null;
    accounts[place] = null;
    plain[place] = null;
    deflated[place] = null;
    shared[place] = null;
    shared[LIMIT + place] = null;
    writes[place] = null;
    letGo(smaller, account);
    letGo(frame, account);
    if (write != null) {
      try {
        write.end();
      } catch (Throwable fault) {
        faults.caught(Step.TRACE.label(), account.account, fault);
      }
    }
  }

  private void letGo(@Nullable ByteBuf frame, AccountSessions account) {
    if (frame == null) {
      return;
    }
    try {
      frame.release();
      checkpoint.reached(Step.LET_GO, account);
    } catch (Throwable fault) {
      faults.caught(Step.LET_GO.label(), account.account, fault);
    }
  }
}
