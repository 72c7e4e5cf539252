package luna.sender.socket;

import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.filter.EventFilter;

/**
 * What a client asked for in its URL.
 *
 * <p>Owner: immutable; clients that ask for the same may share one.
 *
 * @param slow what happens when the client does not keep up
 * @param gaps whether it is told where events may be missing
 * @param stats whether it is told what its filter does
 */
public record SubscribeOptions(EventFilter filter, SlowPolicy slow, boolean gaps, boolean stats) {}
