/**
 * Connections to Redis, and the bridge that publishes its events on the event bus.
 *
 * <p>In: payloads of the channels {@code {prefix}:{account}}; {@link
 * luna.sender.event.SubscriptionRequest}s of the hubs. Out: {@link luna.sender.event.Event}s at
 * their account's address, and a reply to each request after Redis has confirmed the subscription.
 *
 * <p>The parts, from the network to the bus: {@link luna.sender.bridge.RedisClients} opens
 * connections. {@link luna.sender.bridge.RedisLink} keeps one connected: it probes it and follows
 * the master. {@link luna.sender.bridge.Feed} keeps the subscriptions on a link. {@link
 * luna.sender.bridge.RedisBridge} publishes what a feed receives.
 *
 * <p>{@link luna.sender.bridge.CommandLink} sends the commands of the history. With a Cluster,
 * {@link luna.sender.bridge.ClusterCommands} sends each one to the master of its key.
 *
 * <p>Why a request is confirmed by the {@code subscribe} push and not by the future of the Redis
 * client: the future completes when the command is written to the socket. An event that is
 * published between that write and Redis's confirmation would be lost, although the handshake had
 * succeeded.
 *
 * <p>Why the subscribing connection carries only SUBSCRIBE and UNSUBSCRIBE: an error for a
 * SUBSCRIBE could otherwise be mistaken for the answer to another command.
 *
 * <p>Why the probe of a subscribing connection is not PING: a push that arrives while a PING is
 * pending makes the Redis client library discard the pending PING (measured: under load, no probe
 * was ever answered).
 *
 * <p>Why received messages do not prove that the connection works: one direction of a connection
 * can be dead while the other one works (measured: events and canaries arrived, but no SUBSCRIBE
 * was ever answered).
 *
 * <p>Why the connection to a replaced master is kept: publishers that are connected to it stay
 * connected until it is demoted (measured: without it, a planned failover lost 451 events outside
 * of any gap).
 *
 * <p>Why reading is never paused: Redis disconnects a reader that is 32 MB behind, and drops its
 * queue (measured: 891 of 6,000 messages arrived).
 */
@NullMarked
package luna.sender.bridge;

import org.jspecify.annotations.NullMarked;
