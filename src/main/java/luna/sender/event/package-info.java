/**
 * Events and the other messages of the event bus, and the parser that creates events from payloads.
 *
 * <p>In: payloads, as bytes. Out: {@link luna.sender.event.Event}s, which {@code bridge} publishes
 * by reference at {@link luna.sender.event.BusAddresses#events}. A {@link
 * luna.sender.event.SubscriptionRequest} goes in the other direction, from {@code socket} to {@code
 * bridge}.
 *
 * <p>Why no {@code JsonObject}: it is mutable, so the bus copies it for every consumer (measured:
 * such a server spends 10 to 20 ms on an event that 2,000 filters test). An immutable object with
 * an identity codec is never copied.
 *
 * <p>Why the addresses are here: {@code bridge} and {@code socket} share only the addresses and
 * these types.
 */
@NullMarked
package luna.sender.event;

import org.jspecify.annotations.NullMarked;
