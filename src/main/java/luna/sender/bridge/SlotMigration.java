package luna.sender.bridge;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Moves subscriptions of one feed to the feeds that serve their channels now, because their slots
 * have moved to another node of a Cluster.
 *
 * <p>See: {@link ShardedFeeds} starts it when {@link SlotMapReader} has read a slot map; {@link
 * MovedChannels} has the channels on which the old node still delivers.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class SlotMigration {
  private final RedisLink link;
  private final Subscriptions subscriptions;
  private final MovedChannels movedChannels;
  private final FeedCommands commands;
  private final GapReporter gaps;
  private final Runnable closeGaps;

  /**
   * @param closeGaps closes the gaps of the feed if no answer is due
   */
  SlotMigration(
      RedisLink link,
      Subscriptions subscriptions,
      MovedChannels movedChannels,
      FeedCommands commands,
      GapReporter gaps,
      Runnable closeGaps) {
    this.link = link;
    this.subscriptions = subscriptions;
    this.movedChannels = movedChannels;
    this.commands = commands;
    this.gaps = gaps;
    this.closeGaps = closeGaps;
  }

  /** As {@link Feed#migrate}. */
  void run(Function<String, @Nullable SlotMigration> owner, boolean untilMoved) {
    Set<SlotMigration> newOwners = new LinkedHashSet<>();
    for (Subscription subscription : List.copyOf(subscriptions.all())) {
      SlotMigration newOwner = owner.apply(subscription.channel);
      if (newOwner != null && newOwner != this) {
        newOwners.add(newOwner);
        // First add, then detach: after a fault, at least one of the feeds has the subscription.
        newOwner.subscriptions.add(subscription);
        detach(subscription, untilMoved);
        newOwner.adopt(subscription);
      }
    }
    if (newOwners.isEmpty()) {
      return;
    }
    if (!subscriptions.anyGap()) {
      newOwners.iterator().next().gaps.takeOver(gaps);
    }
    newOwners.forEach(newOwner -> newOwner.closeGaps.run());
    closeGaps.run();
  }

  private void detach(Subscription subscription, boolean untilMoved) {
    if (untilMoved && subscription.confirmed && link.connected()) {
      movedChannels.add(subscription);
    } else {
      commands.unsubscribe(subscription);
    }
    subscriptions.remove(subscription);
    // Must precede reset(): beginGap needs the confirmed state. The gap moves with the
    // subscription.
    gaps.migrated(subscription);
    subscriptions.removeRequested(subscription);
    subscription.reset();
  }

  private void adopt(Subscription subscription) {
    movedChannels.remove(subscription.channel);
    subscriptions.add(subscription);
    if (link.connected()) {
      commands.subscribe(subscription);
    }
  }
}
