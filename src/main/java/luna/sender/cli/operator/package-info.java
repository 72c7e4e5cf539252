/**
 * The commands {@code connections}, {@code accounts} and {@code close}: what the operators' API of
 * a node offers, on a terminal.
 */
@NullMarked
package luna.sender.cli.operator;

import org.jspecify.annotations.NullMarked;
