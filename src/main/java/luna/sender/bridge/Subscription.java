package luna.sender.bridge;

import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import luna.sender.event.Gap;
import luna.sender.event.Interruption;
import luna.sender.event.Moment;
import luna.sender.event.SubscriptionRequest;
import org.jspecify.annotations.Nullable;

/**
 * One channel's subscription: who wants it, and whether Redis has confirmed it.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Subscription {
  final String channel;

  /** Lower-case UUID. */
  final String account;

  /** Hubs of this process with clients for the account. */
  final Set<Integer> hubs = new HashSet<>();

  /** Demands that wait for Redis's confirmation. */
  private final List<Message<SubscriptionRequest>> waiting = new ArrayList<>();

  /** Its SUBSCRIBE is on its way. */
  boolean asked;

  /** Redis has confirmed it, on the connection of now. */
  boolean confirmed;

  /**
   * When the SUBSCRIBE that is confirmed was sent: no event of before is promised. Null before the
   * first.
   */
  private @Nullable Moment sent;

  /** Since when, and why, events are missing; null while none are. */
  private @Nullable Moment gapFrom;

  private Gap.Cause gapCause = Gap.Cause.REDIS_LOST;

  Subscription(String channel, String account) {
    this.channel = channel;
    this.account = account;
  }

  void await(Message<SubscriptionRequest> demand) {
    waiting.add(demand);
  }

  void ask(Moment now) {
    asked = true;
    sent = now;
  }

  /** Redis has confirmed it: the demands get their answer by {@link #answer}. */
  void confirm() {
    asked = false;
    confirmed = true;
  }

  void answer() {
    waiting.forEach(demand -> demand.reply(null));
    waiting.clear();
  }

  void fail(int code, String text) {
    asked = false;
    confirmed = false;
    waiting.forEach(demand -> demand.fail(code, text));
    waiting.clear();
  }

  /** Redis has it no longer, but another node may have it soon: the demands wait. */
  void forget() {
    asked = false;
    confirmed = false;
  }

  /**
   * From now on events are missing; a gap that is open stays as it is.
   *
   * @param covered up to when all has come that Redis had
   * @return whether one began
   */
  boolean miss(Gap.Cause cause, Moment covered) {
    if (!confirmed || gapFrom != null) {
      return false;
    }
    gapFrom = sent == null ? covered : covered.orLater(sent);
    gapCause = cause;
    return true;
  }

  boolean isSentBefore(Moment time) {
    return sent != null && sent.isBefore(time);
  }

  /** A gap that has ended already; null if it is not confirmed, or in a gap that is open. */
  @Nullable Gap gap(Moment from, Moment to, Gap.Cause cause) {
    if (!confirmed || gapFrom != null) {
      return null;
    }
    return new Gap(sent == null ? from : from.orLater(sent), to, cause, Gap.UNKNOWN);
  }

  /** What {@link #miss} has begun, or null. */
  @Nullable Interruption interruption() {
    return gapFrom == null ? null : new Interruption(gapFrom, gapCause);
  }

  boolean isMissing() {
    return gapFrom != null;
  }

  /** The gap that a confirmation ends, or null if there is none. */
  @Nullable Gap gapUntil(Moment now) {
    return gapFrom == null ? null : new Gap(gapFrom, now, gapCause, Gap.UNKNOWN);
  }

  void regain() {
    gapFrom = null;
  }
}
