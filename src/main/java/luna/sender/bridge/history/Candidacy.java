package luna.sender.bridge.history;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides how long a recorder leaves the lease to others.
 *
 * <p>How: a recorder that has just subscribed waits, because another one may have received more.
 * After the connection to Redis was lost, perhaps in a failover, others wait longer for the former
 * leader: only it knows the positions of entries that a new master lacks. The wait ends when a
 * leader is seen.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class Candidacy {
  private static final Duration FORMER_LEADER_WAIT = Duration.ofSeconds(5);

  private final Duration subscribedWait;

  /** Whether no other recorder is known to have led since this one was the leader. */
  private boolean ledLast;

  /** The latest {@code heard} that this recorder has written as the leader; 0 if none. */
  private long written;

  /** When the lease was last seen to have another owner. */
  private long ledNanos = System.nanoTime();

  /** Whether the connection was lost, and no leader has been seen since. */
  private boolean leaderless;

  /** The value of {@code heard} at the start of the connection. A leader changes it. */
  private @Nullable String heardBefore;

  /**
   * @param subscribedWait how long a recorder waits after it has subscribed
   */
  Candidacy(Duration subscribedWait) {
    this.subscribedWait = subscribedWait;
  }

  /** Records that the connection for commands is lost. */
  void lost() {
    leaderless = true;
    heardBefore = null;
  }

  /** Records the answer of the lease's script. */
  void seen(RecorderLease.Answer answer) {
    if (heardBefore == null) {
      heardBefore = answer.heard();
    }
    leaderless &= answer.heard().equals(heardBefore);
    if (answer.isTaken()) {
      ledNanos = System.nanoTime();
      ledLast = false;
    }
    // Another one led while this one had no connection, and knows later positions.
    ledLast &= written == 0 || answer.heard().isEmpty() || time(answer.heard()) <= written;
  }

  /** Records that this recorder leads. */
  void leads() {
    ledLast = true;
    leaderless = false;
  }

  /** Records what this recorder writes as the leader; empty if it does not know it. */
  void writes(String heard) {
    if (!heard.isEmpty()) {
      written = Math.max(written, time(heard));
    }
  }

  private static long time(String heard) {
    return Long.parseLong(heard);
  }

  /** Returns when another leader was last seen. */
  long ledNanos() {
    return ledNanos;
  }

  /**
   * Returns whether this recorder should leave the lease to another one.
   *
   * @param subscribedNanos when its subscription was confirmed
   */
  boolean waits(long subscribedNanos, long now) {
    if (leaderless && ledLast) {
      return false;
    }
    Duration wait = leaderless ? FORMER_LEADER_WAIT : subscribedWait;
    return now - subscribedNanos < wait.toNanos();
  }
}
