/**
 * Redis to the event bus: the first two steps of an event's way.
 *
 * <p>In: payloads of the channels {@code {prefix}:{account}}; {@link
 * luna.sender.event.SubscriptionRequest}s of the hubs, which say which accounts are wanted. Out:
 * {@link luna.sender.event.Event}s at their account's address, and the answer to each demand once
 * Redis confirmed the subscription.
 *
 * <p>Why a {@code subscribe} push and not the client's future: the future completes when the
 * command is written to the socket, and an event that is published between the write and Redis's
 * own confirmation would be lost after the client was promised it.
 *
 * <p>Why nothing but SUBSCRIBE, UNSUBSCRIBE and PING on the subscribing connection: an error that
 * Redis sends for a SUBSCRIBE would otherwise be taken for the answer to another command.
 *
 * <p>Why a probe of a subscribing connection is no PING: a push that comes while a PING waits makes
 * the client forget the PING (tried: under load, no probe was ever answered).
 *
 * <p>Why a message is no answer to a probe: one direction of a connection can be dead while the
 * other one works (tried: events and canaries arrived, and no SUBSCRIBE was ever answered).
 *
 * <p>Why a master that was replaced is kept: publishers that connected to it before stay there
 * until it is demoted (tried: 451 events of a planned failover were lost outside of any gap).
 *
 * <p>Why the connection is never paused: Redis cuts a reader that is 32 MB behind, and what it had
 * queued is lost (tried: 891 of 6,000 messages arrived).
 */
@NullMarked
package luna.sender.bridge;

import org.jspecify.annotations.NullMarked;
