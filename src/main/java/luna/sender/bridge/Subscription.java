package luna.sender.bridge;

import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.SubscriptionRequest;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of one channel: the hubs that use it, its state in Redis, and its open gap.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Subscription {
  final String channel;

  /** Lower-case UUID. */
  final String account;

  /** The hubs of this process that have clients for the account. */
  final Set<Integer> hubs = new HashSet<>();

  /** The requests that Redis has not confirmed. */
  private final List<Message<SubscriptionRequest>> pending = new ArrayList<>();

  /** Whether a SUBSCRIBE was sent and has no answer yet. */
  boolean requested;

  /** Whether Redis has confirmed it on the current connection. */
  boolean confirmed;

  /**
   * When the last SUBSCRIBE was sent; null before the first. Earlier events are not guaranteed, so
   * no gap begins before it.
   */
  private @Nullable DualTimestamp sent;

  /** The start of the open gap; null if there is none. */
  private @Nullable DualTimestamp gapFrom;

  private Gap.Cause gapCause = Gap.Cause.REDIS_LOST;

  Subscription(String channel, String account) {
    this.channel = channel;
    this.account = account;
  }

  void addRequest(Message<SubscriptionRequest> request) {
    pending.add(request);
  }

  void markRequested(DualTimestamp now) {
    requested = true;
    sent = now;
  }

  /** Records the confirmation of Redis. {@link #confirmRequests} then replies to the requests. */
  void confirm() {
    requested = false;
    confirmed = true;
  }

  /** Passes the pending requests on, so that they are answered. */
  void confirmRequests(Consumer<Message<SubscriptionRequest>> confirmed) {
    List<Message<SubscriptionRequest>> requests = List.copyOf(pending);
    pending.clear();
    requests.forEach(confirmed);
  }

  void fail(int code, String text) {
    requested = false;
    confirmed = false;
    pending.forEach(request -> request.fail(code, text));
    pending.clear();
  }

  /**
   * Records that Redis has no such subscription any more. Its requests stay pending, because
   * another node may confirm it soon.
   */
  void reset() {
    requested = false;
    confirmed = false;
  }

  /**
   * Begins a gap, unless one is open or the subscription is not confirmed.
   *
   * @param watermark all events published before this time have arrived
   * @return whether a gap began
   */
  boolean beginGap(Gap.Cause cause, DualTimestamp watermark) {
    if (!confirmed || gapFrom != null) {
      return false;
    }
    gapFrom = sent == null ? watermark : watermark.orLater(sent);
    gapCause = cause;
    return true;
  }

  boolean isSentBefore(DualTimestamp time) {
    return sent != null && sent.isBefore(time);
  }

  /**
   * Returns a gap that is already over; null if the subscription is not confirmed, or has an open
   * gap.
   */
  @Nullable Gap gap(DualTimestamp from, DualTimestamp to, Gap.Cause cause) {
    if (!confirmed || gapFrom != null) {
      return null;
    }
    return new Gap(sent == null ? from : from.orLater(sent), to, cause, Gap.UNKNOWN);
  }

  /** Returns the interruption of the open gap, or null. */
  @Nullable Interruption interruption() {
    return gapFrom == null ? null : new Interruption(gapFrom, gapCause);
  }

  boolean hasGap() {
    return gapFrom != null;
  }

  /** Returns the open gap as it ends now, or null if there is none. */
  @Nullable Gap gapUntil(DualTimestamp now) {
    return gapFrom == null ? null : new Gap(gapFrom, now, gapCause, Gap.UNKNOWN);
  }

  void endGap() {
    gapFrom = null;
  }
}
