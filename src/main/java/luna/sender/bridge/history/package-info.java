/**
 * The history of events in Redis: one stream per account.
 *
 * <p>In: payloads that publishers PUBLISH, or append themselves with the script {@code append.lua}.
 * Out: the same payloads with their position, on the live channel of the account (received by
 * {@code bridge.RedisBridge}) and in its stream (read by {@link
 * luna.sender.bridge.history.HistoryReader} for clients that return).
 *
 * <p>See: {@link luna.sender.bridge.HistoryKeys} has the names in Redis, {@link
 * luna.sender.event.Position} the position of an event.
 *
 * <p>Why scripts: an entry, its number and its announcement are one atomic step. So the numbers of
 * an epoch have no holes, and a reader that misses one knows that it must read the stream.
 */
@NullMarked
package luna.sender.bridge.history;

import org.jspecify.annotations.NullMarked;
