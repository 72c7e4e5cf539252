/**
 * A run of faults against nodes of the built jar, with books kept outside of them: is every event
 * that a client should have had there once, in order, or in a gap that was reported to the client?
 *
 * <p>In: {@link luna.sender.chaos.ChaosRun}'s arguments. Out: a table, and exit code 0 if nothing
 * is unexplained.
 *
 * <p>Why the books know nothing of the service's code: the publisher's memory of what it published,
 * a filter of three comparisons, and the frames that came are all that judges.
 */
@NullMarked
package luna.sender.chaos;

import org.jspecify.annotations.NullMarked;
