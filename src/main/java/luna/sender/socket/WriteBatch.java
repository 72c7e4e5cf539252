package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
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
final class WriteBatch implements JoinedFrames.Source {
  static final int LIMIT = Long.SIZE;

  private final Framing framing;
  private final HubFaults faults;
  private final FaultInjectionPoint injectionPoint;
  private final @Nullable Event[] events = new Event[LIMIT];
  private final @Nullable AccountSessions[] accounts = new AccountSessions[LIMIT];
  private final long[] received = new long[LIMIT];

  /** The frames of the first form at all positions, then those of the second form, and so on. */
  private final @Nullable ByteBuf[] frames = new ByteBuf[FrameForm.COUNT * LIMIT];

  /** The memory of frames that are in some client's queue. */
  private final @Nullable SharedFrameMemory[] shared =
      new SharedFrameMemory[FrameForm.COUNT * LIMIT];

  private int size;

  /** The positions of traced events; almost always none. */
  private long traced;

  private final Traces.@Nullable Write[] writes = new Traces.Write[LIMIT];
  private final List<BatchRecipient> sessions = new ArrayList<>();

  /**
   * For each form, the positions whose frame could not be encoded. Remembered, because one attempt
   * per session would be expensive.
   */
  private final long[] failed = new long[FrameForm.COUNT];

  private final JoinedFrames joined = new JoinedFrames();

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
    return add(event, account, event.receivedNanos());
  }

  /**
   * Adds an event of the history.
   *
   * @param receivedNanos from when on its delay is measured
   */
  int add(Event event, AccountSessions account, long receivedNanos) {
    events[size] = event;
    accounts[size] = account;
    received[size] = receivedNanos;
    return size++;
  }

  /** Returns whether no further event fits. */
  boolean isFull() {
    return size == LIMIT;
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

  /** Returns from when on the delay of an event is measured. */
  long receivedNanos(int position) {
    return received[position];
  }

  /** Returns the frame of an event, which is encoded on first use. The batch owns it. */
  @Override
  public ByteBuf frame(int position, FrameForm form) {
    ByteBuf frame = frames[slot(position, form)];
    return frame == null ? encode(position, form) : frame;
  }

  /**
   * Appends the frame of an event for one write.
   *
   * <p>Why: a frame that only one session gets, as in each replay, needs no memory of its own. That
   * memory is not pooled, so it costs more than to encode the frame.
   */
  @Override
  public boolean append(int position, FrameForm form, ByteBuf target) {
    if (!hasSeveralSessions() && form.isPlainWebSocket()) {
      injectionPoint.reached(Step.ENCODE, account(position));
      return Framing.appendPlain(event(position), form, target);
    }
    ByteBuf frame = frame(position, form);
    if (target.writableBytes() < frame.readableBytes()) {
      return false;
    }
    target.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
    return true;
  }

  @Override
  public boolean hasSeveralSessions() {
    return sessions.size() > 1;
  }

  /**
   * Joins frames for one write.
   *
   * @param positions the positions of at least one event
   * @return the frames at the first of these positions; valid until the next call
   */
  JoinedFrames join(long positions, FrameForm form) {
    joined.join(this, positions, form);
    return joined;
  }

  private static int slot(int position, FrameForm form) {
    return form.ordinal() * LIMIT + position;
  }

  private ByteBuf encode(int position, FrameForm form) {
    long bit = 1L << position;
    if ((failed[form.ordinal()] & bit) != 0) {
      throw new IllegalStateException("frame: encoding failed before (expected: encoded)");
    }
    try {
      ByteBuf frame =
          form.isDeflated() ? encodeDeflated(position, form) : encodePlain(position, form);
      frames[slot(position, form)] = frame;
      return frame;
    } catch (Throwable fault) {
      failed[form.ordinal()] |= bit;
      throw fault;
    }
  }

  private ByteBuf encodePlain(int position, FrameForm form) {
    injectionPoint.reached(Step.ENCODE, account(position));
    return switch (form) {
      case SSE -> SseFraming.event(event(position), false);
      case SSE_WITH_ID -> SseFraming.event(event(position), true);
      default -> Framing.plain(event(position), form);
    };
  }

  private ByteBuf encodeDeflated(int position, FrameForm form) {
    injectionPoint.reached(Step.DEFLATE, account(position));
    ByteBuf frame = framing.deflated(event(position), form);
    return frame == null ? frame(position, form.plain()).retain() : frame;
  }

  private AccountSessions account(int position) {
    return Objects.requireNonNull(accounts[position]);
  }

  /**
   * Returns the shared memory of a frame that is queued for a client; the frame is the one that
   * {@link #frame} returns.
   */
  SharedFrameMemory shared(int position, FrameForm form) {
    ByteBuf frame = frame(position, form);
    int plain = slot(position, form.plain());
    int slot = frame == frames[plain] ? plain : slot(position, form);
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
    joined.clear();
    for (int i = 0; i < size; i++) {
      clear(i);
    }
    size = 0;
    traced = 0;
    Arrays.fill(failed, 0);
    flushing = false;
    return !allFailed;
  }

  private void clear(int position) {
    AccountSessions account = account(position);
    Traces.Write write = writes[position];
    events[position] = null;
    accounts[position] = null;
    writes[position] = null;
    for (int slot = position; slot < frames.length; slot += LIMIT) {
      ByteBuf frame = frames[slot];
      frames[slot] = null;
      shared[slot] = null;
      release(frame, account);
    }
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
