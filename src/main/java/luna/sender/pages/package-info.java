/** The pages that are served beside the API: documentation and console. */
@NullMarked
package luna.sender.pages;

import org.jspecify.annotations.NullMarked;
