/**
 * The command {@code compare}: subscribes to the same events at two services and reports every
 * difference, for a migration from the platform's own service.
 */
@NullMarked
package luna.sender.cli.compare;

import org.jspecify.annotations.NullMarked;
