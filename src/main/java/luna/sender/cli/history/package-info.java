/** The command {@code history}: shows and deletes the history of an account in Redis. */
@NullMarked
package luna.sender.cli.history;

import org.jspecify.annotations.NullMarked;
