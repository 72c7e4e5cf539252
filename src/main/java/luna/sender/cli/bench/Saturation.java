package luna.sender.cli.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * As fast as the deliveries come back: an account's next message is due when no client of it is
 * behind by the window or more.
 *
 * <p>Latency counts from the PUBLISH. It is that of a full server, and says how long the queue was;
 * for how long an event takes, {@link FixedRate} is right.
 *
 * <p>Shape: a client that gets nothing for {@link #PATIENCE_NANOS} while others wait for it holds
 * them up no longer: one more message goes out, and a stall is counted.
 *
 * <p>Owner: as {@link PublishSchedule} says.
 */
final class Saturation implements PublishSchedule {
  private static final long PATIENCE_NANOS = 1_000_000_000;
  private static final long LOOK_NANOS = 100_000;

  private final long end;
  private final int window;
  private final int accounts;
  private final int eventsPerMessage;
  private final AtomicLongArray positions;
  private final AtomicLongArray[] times;
  private final int mask;
  private final long[] published;

  /** The client of each account that was behind when last looked at. */
  private final int[] behind;

  private final long[] since;
  private int turn;
  private long stalls;

  /**
   * @param end when nothing more is published
   * @param window events of an account that its slowest client may be behind
   * @param positions for each client the next number that it has to get; client {@code c} is one of
   *     account {@code c} modulo {@code accounts}
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
    // Beginning with the one that was behind, this mostly ends at once.
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
    if (now - since[account] > PATIENCE_NANOS) {
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
    return LOOK_NANOS;
  }

  @Override
  public boolean isOver(long now) {
    return now - end >= 0;
  }

  @Override
  public long timeOf(int account, long sequence) {
    return times[account].get((int) sequence & mask);
  }

  /** How often a client was waited for in vain. */
  long stalls() {
    return stalls;
  }
}
