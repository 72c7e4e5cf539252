/**
 * A load generator for any Sender: it both publishes events and receives them.
 *
 * <p>In: a {@link luna.sender.cli.bench.BenchPlan}. Out: payloads to Redis, and a {@link
 * luna.sender.cli.bench.BenchReport} on their delivery to clients of WebSockets or of Server-Sent
 * Events. It depends only on documented properties of the server: the channel name, the URL, the
 * header, and that each message is the JSON of an event.
 *
 * <p>Why a storm resets connections: a client that closes a TCP connection keeps its port for a
 * minute, and 28,000 clients would use up all ports of an address.
 *
 * <p>Why expected deliveries are known in advance: events are created from a ring of templates, and
 * the matches of each filter are computed at the start. So the expectation of a client is a single
 * number, and a delivery costs a search for the event's id and a comparison.
 *
 * <p>Why Vert.x's WebSocket client: a custom frame reader on the upgraded socket was measured too,
 * in deliveries per CPU second of this program. It was 1.25 to 1.45 times cheaper if many frames
 * arrive at once (one account, saturated: about 530,000 against 400,000), 1.06 times cheaper if
 * they arrive one by one (20 accounts), and no cheaper at a fixed rate. That does not justify our
 * own pings, closes, fragments and TLS.
 */
@NullMarked
package luna.sender.cli.bench;

import org.jspecify.annotations.NullMarked;
