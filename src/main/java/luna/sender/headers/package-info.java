/**
 * The syntax of HTTP field values, for every package that reads a header.
 *
 * <p>In: the lines of a field as the client sent them. Out: list elements and parameters, or null
 * for a value that the grammar does not allow.
 *
 * <p>Why not regular expressions: {@code " *, *"} takes quadratic time on a long run of spaces, and
 * a header has room for 32,000 of them. These scanners read each character once.
 */
@NullMarked
package luna.sender.headers;

import org.jspecify.annotations.NullMarked;
