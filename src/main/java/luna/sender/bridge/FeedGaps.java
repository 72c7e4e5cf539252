package luna.sender.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.metrics.GapLedger;
import org.jspecify.annotations.Nullable;

/**
 * The open ledger entries of one feed.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedGaps {
  private final GapLedger ledger;
  private final BiConsumer<GapLedger.Entry, DualTimestamp> end;

  /** The gap of a lost connection, until all channels are subscribed again. */
  private GapLedger.@Nullable Entry lost;

  /** The gap of accounts whose resubscription Redis rejects while clients are connected. */
  private GapLedger.@Nullable Entry rejected;

  /** Gaps of other feeds whose subscriptions have moved to this one. */
  private final List<GapLedger.Entry> takenOver = new ArrayList<>();

  /**
   * @param end closes an entry
   */
  FeedGaps(GapLedger ledger, BiConsumer<GapLedger.Entry, DualTimestamp> end) {
    this.ledger = ledger;
    this.end = end;
  }

  /** Opens a gap for a lost connection, unless one is open. */
  void open(Gap.Cause cause, DualTimestamp watermark, List<String> accounts) {
    if (lost == null && !accounts.isEmpty()) {
      lost = ledger.open(cause, watermark, accounts);
    }
  }

  /** Records a gap that is already over. */
  void recordClosed(Gap.Cause cause, DualTimestamp from, DualTimestamp to, List<String> accounts) {
    if (!accounts.isEmpty()) {
      end.accept(ledger.open(cause, from, accounts), to);
    }
  }

  /** Takes over the gaps of a feed whose subscriptions have moved to this one. */
  void takeOver(FeedGaps other) {
    takenOver.addAll(other.takenOver);
    other.takenOver.clear();
    if (other.lost != null) {
      takenOver.add(other.lost);
      other.lost = null;
    }
    if (other.rejected != null) {
      takenOver.add(other.rejected);
      other.rejected = null;
    }
  }

  /**
   * Closes the gap of the lost connection, because all channels are subscribed again, except those
   * that Redis rejects.
   *
   * @param anyRejected whether Redis rejects some channels
   * @param accounts returns their accounts; called only when their gap begins
   */
  void subscribed(boolean anyRejected, Supplier<List<String>> accounts) {
    if (lost != null) {
      close(lost);
      lost = null;
    }
    takenOver.forEach(this::close);
    takenOver.clear();
    if (anyRejected && rejected == null) {
      rejected = ledger.open(Gap.Cause.SUBSCRIPTION_LOST, ledger.clock().now(), accounts.get());
    } else if (!anyRejected && rejected != null) {
      close(rejected);
      rejected = null;
    }
  }

  private void close(GapLedger.Entry entry) {
    end.accept(entry, ledger.clock().now());
  }

  /** Returns whether a gap of a lost connection is open. */
  boolean isOpen() {
    return lost != null || !takenOver.isEmpty();
  }
}
