package luna.sender.socket;

import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.filter.EventFilter;

/**
 * The options in a client's URL. Clients with equal options may share one instance.
 *
 * @param slow what happens when the client does not keep up
 * @param gaps whether the client gets messages about possibly missing events
 * @param stats whether the client gets statistics of its filter
 * @param positions whether the client gets the positions of its events
 * @param start where its stream starts
 */
public record SubscribeOptions(
    EventFilter filter,
    SlowPolicy slow,
    boolean gaps,
    boolean stats,
    boolean positions,
    Start start) {

  /** Returns the same options with another start. */
  public SubscribeOptions withStart(Start other) {
    return other.equals(start)
        ? this
        : new SubscribeOptions(filter, slow, gaps, stats, positions, other);
  }

  /** Returns the same options with or without positions. */
  public SubscribeOptions withPositions(boolean other) {
    return other == positions
        ? this
        : new SubscribeOptions(filter, slow, gaps, stats, other, start);
  }

  /** Returns whether the client gets events of the history. */
  public boolean replays() {
    return !start.equals(Start.LIVE);
  }
}
