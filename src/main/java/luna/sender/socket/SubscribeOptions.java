package luna.sender.socket;

import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.filter.EventFilter;

/**
 * The options in a client's URL. Clients with equal options may share one instance.
 *
 * @param slow what happens when the client does not keep up
 * @param gaps whether the client gets messages about possibly missing events
 * @param stats whether the client gets statistics of its filter
 */
public record SubscribeOptions(EventFilter filter, SlowPolicy slow, boolean gaps, boolean stats) {}
