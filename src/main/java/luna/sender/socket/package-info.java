/**
 * Delivers events from the event bus to the clients of WebSockets and of Server-Sent Events: the
 * last step of the data flow.
 *
 * <p>In: {@link luna.sender.event.Event}s at the addresses of the accounts that have clients on
 * this node; upgrades that {@code api} has validated. Out: frames; {@link
 * luna.sender.event.SubscriptionRequest}s to the bridge.
 *
 * <p>Why one {@link luna.sender.socket.Hub} per event loop with one bus consumer per account: a
 * consumer per session would cost one hop through the event loop's queue for each session
 * (measured: 3.3 M filter checks/s instead of 143 M).
 *
 * <p>Why Vert.x handles only the part up to the 101: its WebSocket encodes and flushes each message
 * for each socket, and keeps the objects of the HTTP request. Here, a frame is encoded once per
 * event and loop, and the events of one batch leave in one flush, which divides the CPU per
 * delivery by two to four. Only {@link luna.sender.socket.Takeover}, {@link
 * luna.sender.socket.ConnectionChannel} and its subclasses depend on Netty's pipeline.
 *
 * <p>Why Server-Sent Events are a channel below the same session: queue, slow policies, batches,
 * replay, limits and shutdown are those of a WebSocket, so there is one implementation of them. The
 * form of a frame is a {@link luna.sender.socket.FrameForm}: an event is encoded once per form and
 * loop, and its buffer is shared by all clients of that form. So over HTTP/1.1 the body is not
 * chunked: it ends with the connection.
 *
 * <p>Why HTTP/2 is a channel of its own ({@link luna.sender.socket.Http2SseChannel}): a connection
 * carries many clients, so Vert.x and Netty's HTTP/2 handler keep it, and a session gets one of its
 * streams. Its frames are written to Netty's flow controller, which knows what each stream may
 * send. A WebSocket stays on HTTP/1.1: browsers open it there anyway.
 *
 * <p>Why events are first marked in all sessions and then written ({@link
 * luna.sender.socket.WriteBatch}): with 10,000 sessions, most of the time of a delivery is spent on
 * cache misses. A channel that is written when its event arrives and flushed later is fetched
 * twice.
 *
 * <p>Why a client that starts in the history joins the live events at a position, not at a time
 * ({@link luna.sender.socket.Seam}): replayed and live events are read over two paths, and neither
 * is always ahead of the other. {@link luna.sender.socket.Replay} records the live events while it
 * sends the history, and reads again what the record lacks.
 *
 * <p>Why the event loop never blocks on a slow client: that would delay the other clients of the
 * loop, and then Redis. Each client's queue is bounded in bytes; a client over the limit is closed
 * with its own close code, or loses events if its query allows it.
 */
@NullMarked
package luna.sender.socket;

import org.jspecify.annotations.NullMarked;
