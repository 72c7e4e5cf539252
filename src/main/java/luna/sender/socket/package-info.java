/**
 * The event bus to WebSocket clients: the last step of an event's way.
 *
 * <p>In: {@link luna.sender.event.Event}s at the addresses of the accounts that have clients here;
 * upgrades that {@code api} has validated. Out: frames; {@link
 * luna.sender.event.SubscriptionRequest}s to the bridge.
 *
 * <p>Why one {@link luna.sender.socket.Hub} per event loop and one bus consumer per account on it:
 * a consumer per session costs a hop through the event loop's queue each (measured: 3.3 M checks/s
 * against 143 M).
 *
 * <p>Why Vert.x's part ends with the 101: its WebSocket encodes and flushes each message for each
 * socket, and keeps what the HTTP request was. Here a frame is made once per event and loop, and
 * events that are there together leave in one flush, which saves two to four times the CPU of a
 * delivery. {@link luna.sender.socket.FrameChannel} is the only class that knows Netty's pipeline.
 *
 * <p>Why events are first marked in all sessions that want them and written then ({@link
 * luna.sender.socket.WriteBatch}): with 10,000 sessions, most of a delivery's own time is waiting
 * for memory, and a channel that is written when its event comes and flushed later is fetched
 * twice.
 *
 * <p>Why nothing waits for a slow client: it would hold up the event loop's other clients, and then
 * Redis. A client is bounded in bytes and closed with a code of its own.
 */
@NullMarked
package luna.sender.socket;

import org.jspecify.annotations.NullMarked;
