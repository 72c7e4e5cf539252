package luna.sender.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import luna.sender.event.Gap;
import luna.sender.event.Moment;
import luna.sender.metrics.GapLedger;
import org.jspecify.annotations.Nullable;

/**
 * The gaps of one feed that are open in the ledger.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class FeedGaps {
  private final GapLedger ledger;

  /** Of the connection that was lost, until all is subscribed again. */
  private GapLedger.@Nullable Entry lost;

  /** Of accounts that Redis refuses, though they have clients from before. */
  private GapLedger.@Nullable Entry refused;

  /** Of other feeds, whose subscriptions have come to this one. */
  private final List<GapLedger.Entry> inherited = new ArrayList<>();

  FeedGaps(GapLedger ledger) {
    this.ledger = ledger;
  }

  /** The connection is lost; a gap that is open stays as it is. */
  void lose(Gap.Cause cause, Moment covered, List<String> accounts) {
    if (lost == null && !accounts.isEmpty()) {
      lost = ledger.open(cause, covered, accounts);
    }
  }

  /** A gap that is over already. */
  void passed(Gap.Cause cause, Moment from, Moment to, List<String> accounts) {
    if (!accounts.isEmpty()) {
      ledger.close(ledger.open(cause, from, accounts), to, Gap.UNKNOWN);
    }
  }

  /** The gaps of a feed that misses nothing any more, because this one does. */
  void inherit(FeedGaps other) {
    inherited.addAll(other.inherited);
    other.inherited.clear();
    if (other.lost != null) {
      inherited.add(other.lost);
      other.lost = null;
    }
    if (other.refused != null) {
      inherited.add(other.refused);
      other.refused = null;
    }
  }

  /**
   * All is subscribed again, but for those whom Redis refuses.
   *
   * @param anyMissing whether there are such
   * @param missing their accounts, asked for only when their gap begins
   */
  void settle(boolean anyMissing, Supplier<List<String>> missing) {
    if (lost != null) {
      close(lost);
      lost = null;
    }
    inherited.forEach(this::close);
    inherited.clear();
    if (anyMissing && refused == null) {
      refused = ledger.open(Gap.Cause.SUBSCRIPTION_LOST, ledger.clock().now(), missing.get());
    } else if (!anyMissing && refused != null) {
      close(refused);
      refused = null;
    }
  }

  private void close(GapLedger.Entry entry) {
    ledger.close(entry, ledger.clock().now(), Gap.UNKNOWN);
  }

  /** Whether a connection that was lost is not yet as it was. */
  boolean isOpen() {
    return lost != null || !inherited.isEmpty();
  }
}
