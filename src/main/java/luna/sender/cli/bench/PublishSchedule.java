package luna.sender.cli.bench;

/**
 * When which account's next message is published, and from which moment on an event's latency
 * counts.
 *
 * <p>Units: all times are those of {@link System#nanoTime()}.
 *
 * <p>Owner: the publisher's thread, but for {@link #timeOf}, which any thread may ask.
 */
interface PublishSchedule {
  /** No message is due. */
  int NONE = -1;

  /** The account whose message is to be published now, or {@link #NONE}. */
  int due(long now);

  /** That message was taken, with so many events from this number on. */
  void published(int account, long sequence, int events, long now);

  /** How long it makes sense to sleep when none is due. */
  long idleNanos(long now);

  /** Whether all is published. */
  boolean isOver(long now);

  /** From when on the latency of an event counts. */
  long timeOf(int account, long sequence);
}
