/**
 * Admission: the limits that apply before the upgrade.
 *
 * <p>In: connections and handshakes, by account and address. Out: a reservation, or a rejection
 * with the minimum time before a retry.
 *
 * <p>Why no WebSocket is closed to make room for another one: its client would reconnect at once
 * and push out the next one. Only connections without a pending request are closed for others.
 *
 * <p>Why all event loops share the limits: balanced connections do not mean balanced accounts, so
 * limits per event loop would be hit at random.
 */
@NullMarked
package luna.sender.admission;

import org.jspecify.annotations.NullMarked;
