/**
 * What crosses the event bus: the third step of an event's way.
 *
 * <p>In: what {@code bridge} parsed. Out: {@link luna.sender.event.Event}, by reference, at {@link
 * luna.sender.event.BusAddresses#events}; {@link luna.sender.event.SubscriptionRequest} goes the
 * other way.
 *
 * <p>Why no {@code JsonObject}: it is mutable, so the bus copies it for every consumer (measured: a
 * server that does so spends 10 to 20 ms on an event that 2,000 filters look at). An immutable
 * object with an identity codec is the same instance everywhere.
 *
 * <p>Why the addresses are here: they and these types are all that {@code bridge} and {@code
 * socket} know of each other.
 */
@NullMarked
package luna.sender.event;

import org.jspecify.annotations.NullMarked;
