package luna.sender.cli.bench;

/**
 * A fixed schedule: message {@code n} of the run is due at {@code n} times the interval. Accounts
 * take turns.
 *
 * <p>Latency is measured from the scheduled time, not from the PUBLISH. If the server (or this
 * program) stalls, the events scheduled meanwhile show how long they would have waited. Measured
 * from the PUBLISH, a stall that also delays the publisher would count as a single bad sample
 * (coordinated omission).
 *
 * <p>Owner: see {@link PublishSchedule}; {@link #timeOf} is pure arithmetic.
 */
final class FixedRate implements PublishSchedule {
  private static final double NANOS = 1e9;

  private final long start;
  private final double intervalNanos;
  private final int accounts;
  private final int eventsPerMessage;
  private final long messages;
  private long next;

  /**
   * @param eventsPerSecond rate over all accounts
   * @param seconds duration of the run
   */
  FixedRate(
      long start, double eventsPerSecond, double seconds, int accounts, int eventsPerMessage) {
    this.start = start;
    this.intervalNanos = NANOS * eventsPerMessage / eventsPerSecond;
    this.accounts = accounts;
    this.eventsPerMessage = eventsPerMessage;
    this.messages = Math.round(seconds * eventsPerSecond / eventsPerMessage);
  }

  @Override
  public int due(long now) {
    return next < messages && time(next) - now <= 0 ? (int) (next % accounts) : NONE;
  }

  @Override
  public void published(int account, long sequence, int events, long now) {
    next++;
  }

  @Override
  public long idleNanos(long now) {
    return time(next) - now;
  }

  @Override
  public boolean isOver(long now) {
    return next == messages;
  }

  @Override
  public long timeOf(int account, long sequence) {
    return time(sequence / eventsPerMessage * accounts + account);
  }

  private long time(long message) {
    return start + (long) (message * intervalNanos);
  }
}
