/**
 * A Redis and a simulated LUNA platform, to try the Sender.
 *
 * <p>In: nothing. Out: payloads published to {@code {prefix}:{account}}, like those of a real
 * platform. No other package can distinguish them.
 *
 * <p>Why a real Redis: the demo and the integration tests depend on its real behaviour (a
 * subscriber that is disconnected, a refused port, an ACL, a Cluster). From the library that
 * packages the executables, nothing else is used: its {@code RedisServer} hides the process, which
 * can then neither be killed nor report why it did not start.
 *
 * <p>Why values are dealt from shuffled decks: with random draws, a filter would match only with
 * some probability. With decks, it matches within a bounded number of events.
 */
@NullMarked
package luna.sender.cli.demo;

import org.jspecify.annotations.NullMarked;
