/**
 * A Redis and a LUNA to try the Sender with: what stands <em>before</em> the first step of an
 * event's way.
 *
 * <p>In: nothing but this program. Out: payloads published to {@code {prefix}:{account}}, by the
 * same road that a real platform's take; no other package knows that they are made up.
 *
 * <p>Why: the server is a real Redis, not an imitation in Java, because the demo and the
 * integration tests must meet what a real one does (a subscriber that is cut off, a port that
 * refuses, an ACL, a Cluster). Of the library that packs the executables nothing else is used: its
 * {@code RedisServer} keeps the process to itself, which can be neither killed nor asked why it did
 * not start. Values are dealt from shuffled decks instead of drawn: whoever tries a filter sees an
 * event within a bound, not probably.
 */
@NullMarked
package luna.sender.cli.demo;

import org.jspecify.annotations.NullMarked;
