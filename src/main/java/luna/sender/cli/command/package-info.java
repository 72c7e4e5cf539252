/** Options, exit and output that the commands share. */
@NullMarked
package luna.sender.cli.command;

import org.jspecify.annotations.NullMarked;
