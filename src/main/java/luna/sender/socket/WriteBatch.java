package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import luna.sender.event.Event;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Batches events and the sessions that get them, so all frames of a session leave in one flush.
 *
 * <p>How: at most {@value #LIMIT} events, each with a position; a session has one bit for each
 * position. So an event touches one word of each session that gets it. The session's channel, about
 * a dozen cache lines, is touched once per batch.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class WriteBatch {
  static final int LIMIT = Long.SIZE;

  private final Framing framing;
  private final HubFaults faults;
  private final FaultInjectionPoint injectionPoint;
  private final @Nullable Event[] events = new Event[LIMIT];
  private final @Nullable AccountSessions[] accounts = new AccountSessions[LIMIT];
  private final @Nullable ByteBuf[] plain = new ByteBuf[LIMIT];
  private final @Nullable ByteBuf[] deflated = new ByteBuf[LIMIT];

  /** Frames that are in some client's queue: first the plain ones, then the compressed ones. */
  private final @Nullable SharedFrameMemory[] shared = new SharedFrameMemory[2 * LIMIT];

  private int size;

  /** The positions of traced events; almost always none. */
  private long traced;

  private final Traces.@Nullable Write[] writes = new Traces.Write[LIMIT];
  private final List<BatchRecipient> sessions = new ArrayList<>();

  /**
   * Positions whose plain or compressed frame could not be encoded. Remembered, because one attempt
   * per session would be expensive.
   */
  private long plainFailed;

  private long deflatedFailed;
  private boolean flushing;

  WriteBatch(Framing framing, HubFaults faults, FaultInjectionPoint injectionPoint) {
    this.framing = framing;
    this.faults = faults;
    this.injectionPoint = injectionPoint;
  }

  /**
   * Adds an event.
   *
   * @return its position
   */
  int add(Event event, AccountSessions account) {
    events[size] = event;
    accounts[size] = account;
    return size++;
  }

  /** Adds a session. Called once per batch, before its first event is marked. */
  void add(BatchRecipient session) {
    sessions.add(session);
  }

  /** Sets the trace that records the results of the event at this position. */
  void trace(int position, Traces.Write write) {
    traced |= 1L << position;
    writes[position] = write;
  }

  /** Returns which of these positions are traced. */
  long traced(long positions) {
    return positions & traced;
  }

  Traces.Write write(int position) {
    return Objects.requireNonNull(writes[position]);
  }

  Event event(int position) {
    return Objects.requireNonNull(events[position]);
  }

  /** Returns the frame of an event, which is encoded on first use. The batch owns it. */
  ByteBuf frame(int position, boolean mayDeflate) {
    ByteBuf frame = mayDeflate ? deflated[position] : plain[position];
    return frame == null ? encode(position, mayDeflate) : frame;
  }

  private ByteBuf encode(int position, boolean mayDeflate) {
    long bit = 1L << position;
    if (((mayDeflate ? deflatedFailed : plainFailed) & bit) != 0) {
      throw new IllegalStateException("frame: encoding failed before (expected: encoded)");
    }
    try {
      return mayDeflate ? encodeDeflated(position) : encodePlain(position);
    } catch (Throwable fault) {
      if (mayDeflate) {
        deflatedFailed |= bit;
      } else {
        plainFailed |= bit;
      }
      throw fault;
    }
  }

  private ByteBuf encodePlain(int position) {
    injectionPoint.reached(Step.ENCODE, account(position));
    ByteBuf frame = Framing.plain(event(position));
    plain[position] = frame;
    return frame;
  }

  private ByteBuf encodeDeflated(int position) {
    injectionPoint.reached(Step.DEFLATE, account(position));
    ByteBuf frame = framing.deflated(event(position));
    frame = frame == null ? frame(position, false).retain() : frame;
    deflated[position] = frame;
    return frame;
  }

  private AccountSessions account(int position) {
    return Objects.requireNonNull(accounts[position]);
  }

  /**
   * Returns the shared memory of a frame that is queued for a client; the frame is the one that
   * {@link #frame} returns.
   */
  SharedFrameMemory shared(int position, boolean mayDeflate) {
    ByteBuf frame = frame(position, mayDeflate);
    int slot = frame == plain[position] ? position : LIMIT + position;
    SharedFrameMemory existing = shared[slot];
    if (existing == null) {
      existing = new SharedFrameMemory(frame.capacity(), account(position).queueBudget);
      shared[slot] = existing;
    }
    return existing;
  }

  /**
   * Writes to each session its events, and clears the batch. Does not throw.
   *
   * @return false if every session failed
   */
  boolean flush() {
    if (flushing) {
      return true;
    }
    flushing = true;
    boolean allFailed = !sessions.isEmpty();
    for (int i = 0; i < sessions.size(); i++) {
      BatchRecipient session = sessions.get(i);
      try {
        allFailed &= !session.flush(this);
      } catch (Throwable fault) {
        session.onFault(Step.FLUSH, fault);
      }
    }
    sessions.clear();
    for (int i = 0; i < size; i++) {
      clear(i);
    }
    size = 0;
    traced = 0;
    plainFailed = 0;
    deflatedFailed = 0;
    flushing = false;
    return !allFailed;
  }

  private void clear(int position) {
    AccountSessions account = account(position);
    ByteBuf frame = plain[position];
    ByteBuf compressed = deflated[position];
    Traces.Write write = writes[position];
    events[position] = null;
    accounts[position] = null;
    plain[position] = null;
    deflated[position] = null;
    shared[position] = null;
    shared[LIMIT + position] = null;
    writes[position] = null;
    release(compressed, account);
    release(frame, account);
    if (write != null) {
      try {
        write.end();
      } catch (Throwable fault) {
        faults.caught(Step.TRACE, account, fault);
      }
    }
  }

  private void release(@Nullable ByteBuf frame, AccountSessions account) {
    if (frame == null) {
      return;
    }
    try {
      frame.release();
      injectionPoint.reached(Step.RELEASE, account);
    } catch (Throwable fault) {
      faults.caught(Step.RELEASE, account, fault);
    }
  }
}
