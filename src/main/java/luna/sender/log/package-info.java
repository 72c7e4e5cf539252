/**
 * Log lines that others can cause, at a rate that nobody can raise.
 *
 * <p>In: what happened, and a reason. Out: the line, or a count.
 *
 * <p>Why a package of its own: every package that meets strangers needs it, and it needs none of
 * them.
 */
@NullMarked
package luna.sender.log;

import org.jspecify.annotations.NullMarked;
