package luna.sender.storm;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * What one client has received over all its connections: which events are missing, duplicated or
 * out of order.
 *
 * <p>Owner: confined to its event loop, except the position, which is also read between phases.
 */
final class StormRecord {
  private static final int RETRY_MILLIS = 1000;

  private final StormAccount account;
  private final StormTotals totals;

  /** The position after the last frame; null before the first one. */
  volatile @Nullable String position;

  /** The number of the last event; negative before the first one. */
  volatile int last = -1;

  volatile boolean isOpen;

  /** Whether the replay of the current connection has reached the live events. */
  volatile boolean isLive;

  /** When the next handshake is due; the maximum while one is being made or has succeeded. */
  private volatile long nextMillis;

  private @Nullable StormClient current;
  private @Nullable Channel channel;

  StormRecord(StormAccount account, StormTotals totals) {
    this.account = account;
    this.totals = totals;
  }

  StormAccount account() {
    return account;
  }

  /** Returns whether a handshake is due. It is then expected to be made. */
  boolean mayConnect() {
    boolean due = System.currentTimeMillis() >= nextMillis;
    if (due) {
      nextMillis = Long.MAX_VALUE;
    }
    return due;
  }

  void connected(boolean success) {
    if (!success) {
      nextMillis = System.currentTimeMillis() + RETRY_MILLIS;
    }
  }

  void opened(StormClient client, Channel opened) {
    current = client;
    channel = opened;
    isOpen = true;
  }

  void closed(StormClient client) {
    if (current == client) {
      isOpen = false;
      isLive = false;
    }
    nextMillis = System.currentTimeMillis() + RETRY_MILLIS;
  }

  void rejected(String status) {
    totals.rejected(status);
  }

  void event(int number) {
    totals.events.increment();
    if (last >= 0 && number != last + 1) {
      (number <= last ? totals.repeated : totals.missing).increment();
    }
    last = Math.max(last, number);
    if (isLive) {
      totals.latency(System.nanoTime() - account.publishedNanos(number));
    }
  }

  /** Records that the replay has reached the live events. */
  void live() {
    isLive = true;
  }

  void gap() {
    totals.gaps.increment();
  }

  void resumed(String text) {
    if (!text.contains("\"outcome\":\"complete\"")) {
      totals.incomplete.increment();
    }
  }

  void close() {
    Channel open = channel;
    if (open != null) {
      open.close();
    }
  }
}
