/**
 * Who may come in now: the limits that are held before the upgrade.
 *
 * <p>In: connections and handshakes, by account and address. Out: a place, or a refusal that says
 * how long to wait.
 *
 * <p>Why nobody is ever turned out to make room for a WebSocket: whom it hits comes back at once,
 * and turns out the next one. Only connections without a request on them give way.
 *
 * <p>Why one for all event loops: balanced connections are not balanced accounts, and a limit of
 * each loop would be met by chance.
 */
@NullMarked
package luna.sender.admission;

import org.jspecify.annotations.NullMarked;
