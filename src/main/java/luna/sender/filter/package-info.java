/**
 * Which client wants which event: the fourth step of an event's way.
 *
 * <p>In: the validated query of a handshake, once; then an {@link luna.sender.event.Event} at a
 * time. Out: yes or no.
 *
 * <p>Why a filter is compiled: a query is read once and asked a million times, so sets and bounds
 * are made at the handshake, and a clause that the client did not give costs one branch.
 */
@NullMarked
package luna.sender.filter;

import org.jspecify.annotations.NullMarked;
