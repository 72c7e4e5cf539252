/**
 * The command {@code doctor}: collects the state of a node and of its Redis into one file, and says
 * what looks wrong.
 */
@NullMarked
package luna.sender.cli.doctor;

import org.jspecify.annotations.NullMarked;
