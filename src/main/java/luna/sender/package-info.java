/** Luna Sender. */
@NullMarked
package luna.sender;

import org.jspecify.annotations.NullMarked;
