/**
 * Decides which client receives which event: the third step of the data flow.
 *
 * <p>In: the validated query of a handshake, once; then one {@link luna.sender.event.Event} at a
 * time. Out: the subscribers whose filter passes it.
 *
 * <p>See: delivery uses {@link luna.sender.filter.FilterIndex}; {@link
 * luna.sender.filter.EventFilter#matches} and {@link luna.sender.filter.Condition} only explain.
 *
 * <p>Why filters are compiled: a query is read once and evaluated a million times. Sets and bounds
 * are built at the handshake, and a clause that the client did not give costs one branch.
 */
@NullMarked
package luna.sender.filter;

import org.jspecify.annotations.NullMarked;
