/**
 * A load generator for any Sender: what stands at <em>both</em> ends of an event's way.
 *
 * <p>In: a {@link luna.sender.cli.bench.BenchPlan}. Out: payloads to Redis, and a {@link
 * luna.sender.cli.bench.BenchReport} of what came of them to WebSocket clients. It knows of the
 * server no more than what is documented: the channel's name, the URL, the header, and that what
 * comes is an event's JSON.
 *
 * <p>Why it knows what has to come: events are made from a ring of templates, and whether a filter
 * wants a template is computed beforehand. So a client's whole expectation is a number, and a
 * delivery costs a search for the event's id and a comparison.
 *
 * <p>Why Vert.x's WebSocket client: a frame reader of our own on the upgraded socket was measured
 * beside it, in deliveries per CPU second of this program. It was 1.25 to 1.45 times cheaper where
 * frames come many at a time (one account, saturated: about 530,000 against 400,000), 1.06 times
 * where they come alone (20 accounts), and no cheaper at a fixed rate. That is not worth having our
 * own pings, closes, fragments and TLS.
 */
@NullMarked
package luna.sender.cli.bench;

import org.jspecify.annotations.NullMarked;
