/** What the commands share: options, exit and output. */
@NullMarked
package luna.sender.cli.command;

import org.jspecify.annotations.NullMarked;
