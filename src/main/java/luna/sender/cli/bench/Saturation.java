package luna.sender.cli.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Publishes as fast as events are delivered: an account's next message is due when all of its
 * clients lag by less than the window.
 *
 * <p>Latency is measured from the PUBLISH. It is that of a saturated server and reflects the length
 * of its queues; use {@link FixedRate} to measure how long an event takes.
 *
 * <p>Shape: if the slowest client receives nothing for {@link #STALL_NANOS}, one more message is
 * published and a stall is counted, so that it does not block the others.
 *
 * <p>Owner: see {@link PublishSchedule}.
 */
final class Saturation implements PublishSchedule {
  private static final long STALL_NANOS = 1_000_000_000;
  private static final long POLL_NANOS = 100_000;

  private final long end;
  private final int window;
  private final int accounts;
  private final int eventsPerMessage;
  private final AtomicLongArray positions;
  private final AtomicLongArray[] times;
  private final int mask;
  private final long[] published;

  /** The lagging client of each account at the last check. */
  private final int[] behind;

  private final long[] since;
  private int turn;
  private long stalls;

  /**
   * @param end when publishing ends
   * @param window how many events the slowest client of an account may lag
   * @param positions for each client the next sequence number that it should receive; client {@code
   *     c} belongs to account {@code c} modulo {@code accounts}
   */
  Saturation(
      long start,
      long end,
      int window,
      int accounts,
      int eventsPerMessage,
      AtomicLongArray positions) {
    this.end = end;
    this.window = window;
    this.accounts = accounts;
    this.eventsPerMessage = eventsPerMessage;
    this.positions = positions;
    int kept = Integer.highestOneBit(Math.max(window, eventsPerMessage)) * 4;
    mask = kept - 1;
    times = new AtomicLongArray[accounts];
    published = new long[accounts];
    behind = new int[accounts];
    since = new long[accounts];
    for (int account = 0; account < accounts; account++) {
      times[account] = new AtomicLongArray(kept);
      behind[account] = account;
      since[account] = start;
    }
  }

  @Override
  public int due(long now) {
    if (isOver(now)) {
      return NONE;
    }
    for (int i = 0; i < accounts; i++) {
      int account = turn;
      turn = turn + 1 == accounts ? 0 : turn + 1;
      if (isDue(account, now)) {
        return account;
      }
    }
    return NONE;
  }

  private boolean isDue(int account, long now) {
    long from = published[account] + eventsPerMessage - window;
    int first = behind[account];
    // Start with the client that lagged before, because it most likely still does.
    for (int client = first; client < positions.length(); client += accounts) {
      if (positions.get(client) < from) {
        return blocked(account, client, now);
      }
    }
    for (int client = account; client < first; client += accounts) {
      if (positions.get(client) < from) {
        return blocked(account, client, now);
      }
    }
    return true;
  }

  private boolean blocked(int account, int client, long now) {
    behind[account] = client;
    if (now - since[account] > STALL_NANOS) {
      stalls++;
      return true;
    }
    return false;
  }

  @Override
  public void published(int account, long sequence, int events, long now) {
    for (int i = 0; i < events; i++) {
      times[account].set((int) (sequence + i) & mask, now);
    }
    published[account] = sequence + events;
    since[account] = now;
  }

  @Override
  public long idleNanos(long now) {
    return POLL_NANOS;
  }

  @Override
  public boolean isOver(long now) {
    return now - end >= 0;
  }

  @Override
  public long timeOf(int account, long sequence) {
    return times[account].get((int) sequence & mask);
  }

  /** Returns how often waiting for a client timed out. */
  long stalls() {
    return stalls;
  }
}
