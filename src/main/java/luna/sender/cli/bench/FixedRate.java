package luna.sender.cli.bench;

/**
 * A schedule that is known beforehand: message {@code n} of the run is due at {@code n} times the
 * interval, and belongs to the accounts in turn.
 *
 * <p>Latency counts from the schedule's time, whatever the time of the PUBLISH: when the server (or
 * this program) stalls, the events that were due meanwhile show how long they would have waited.
 * Counted from the PUBLISH, a stall that delays the publisher too would be a single bad sample: the
 * coordinated omission.
 *
 * <p>Owner: as {@link PublishSchedule} says; {@link #timeOf} is plain arithmetic.
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
   * @param eventsPerSecond over all accounts
   * @param seconds how long it goes on
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
