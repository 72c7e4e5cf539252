/**
 * Parsers for HTTP field values, used by every package that reads a header, and the encoding of
 * texts in one.
 *
 * <p>In: the lines of a field as the client sent them. Out: list elements and parameters, or null
 * for a malformed value.
 *
 * <p>Why not regular expressions: {@code " *, *"} takes quadratic time on a long run of spaces, and
 * a header can contain 32,000 of them. These parsers read each character once.
 */
@NullMarked
package luna.sender.headers;

import org.jspecify.annotations.NullMarked;
