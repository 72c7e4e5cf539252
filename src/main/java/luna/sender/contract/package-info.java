/** The document {@code openapi.yaml} that the service is built from. */
@NullMarked
package luna.sender.contract;

import org.jspecify.annotations.NullMarked;
