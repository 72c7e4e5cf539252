/**
 * A run that injects faults into nodes of the built jar, and checks from outside whether each
 * client received each of its events once and in order, or a gap that covers it.
 *
 * <p>In: {@link luna.sender.chaos.ChaosRun}'s arguments. Out: a table, and exit code 0 if every
 * loss is explained.
 *
 * <p>Why the checks use no code of the service: they depend only on the record of the publisher, a
 * filter of three comparisons, and the received frames.
 */
@NullMarked
package luna.sender.chaos;

import org.jspecify.annotations.NullMarked;
