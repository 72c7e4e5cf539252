/** The web pages of the service: documentation and console. */
@NullMarked
package luna.sender.pages;

import org.jspecify.annotations.NullMarked;
