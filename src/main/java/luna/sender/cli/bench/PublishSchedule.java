package luna.sender.cli.bench;

/**
 * Decides which account publishes the next message, and when. Returns for each event the time from
 * which its latency is measured.
 *
 * <p>Units: all times are those of {@link System#nanoTime()}.
 *
 * <p>Owner: the publisher's thread, except for {@link #timeOf}, which is thread-safe.
 */
interface PublishSchedule {
  /** No message is due. */
  int NONE = -1;

  /** Returns the account whose message is due now, or {@link #NONE}. */
  int due(long now);

  /** Called when that message is published, with its number of events and first sequence number. */
  void published(int account, long sequence, int events, long now);

  /** Returns how long to sleep if no message is due. */
  long idleNanos(long now);

  /** Returns whether everything is published. */
  boolean isOver(long now);

  /** Returns the time from which the latency of an event is measured. */
  long timeOf(int account, long sequence);
}
