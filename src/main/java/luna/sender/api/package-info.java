/**
 * Turns the contract, {@code openapi.yaml}, into a router that validates every request.
 *
 * <p>In: HTTP requests. Out: responses of the contract, and validated handshakes for {@code
 * socket}.
 *
 * <p>Every request passes {@link luna.sender.api.RootHandler} first. A handshake then passes its
 * handlers once, in this order: {@link luna.sender.api.HandshakeRateHandler}, {@link
 * luna.sender.api.AuthenticationHandler}, {@link luna.sender.api.ContractValidator}, {@link
 * luna.sender.api.AccountAuthorizationHandler}, {@link luna.sender.api.WsHandler}. {@link
 * luna.sender.api.Streams} opens the session. What they find is in {@link
 * luna.sender.api.RequestState}.
 *
 * <p>Why each operation has our own {@link luna.sender.api.ContractValidator} with the contract's
 * schemas: the library's validator decodes values twice, parses {@code true} in a list of strings
 * as a boolean, responds 500 to a stray {@code %}, silently uses the first of two equal parameters,
 * and spends a third of a handshake's CPU on copying schemas.
 *
 * <p>Why only upgrade requests are paused: the response is sent after Redis has confirmed the
 * subscription. Without the pause the request would have ended by then and could no longer become a
 * WebSocket. Pausing other requests leaks Vert.x's gauge of active requests.
 *
 * <p>Why the contract is loaded from a copy: vertx-openapi rejects media types that it cannot
 * validate, such as YAML and HTML. The copy omits them; the served contract keeps them.
 */
@NullMarked
package luna.sender.api;

import org.jspecify.annotations.NullMarked;
