/**
 * The contract: {@code openapi.yaml} turned into a router that validates every request.
 *
 * <p>In: HTTP requests. Out: answers of the contract; validated handshakes, to {@code socket}.
 *
 * <p>Why an own {@link luna.sender.api.ContractValidator} in front of each operation, by the
 * contract's own schemas: the library's decodes values twice, reads {@code true} in a list of
 * strings as a boolean, answers 500 to a stray {@code %}, takes the first of two equal parameters
 * in silence, and spends a third of a handshake's CPU on copying schemas.
 *
 * <p>Why upgrades are paused there and nowhere else: the answer waits for Redis, and by then the
 * request has ended and cannot become a WebSocket any more. To pause other requests leaks Vert.x's
 * gauge of active requests.
 *
 * <p>Why the contract is loaded from a copy: vertx-openapi refuses media types that it cannot
 * validate, such as YAML and HTML; they are taken out of the copy, not out of what is served.
 */
@NullMarked
package luna.sender.api;

import org.jspecify.annotations.NullMarked;
