package luna.sender.api;

import luna.sender.admission.Admission.Needs;
import luna.sender.auth.Grant;
import luna.sender.filter.EventFilter;
import luna.sender.socket.SessionOpener;
import luna.sender.socket.SubscribeOptions;

/**
 * A valid and authorized handshake, before its place is reserved.
 *
 * @param account lower-case UUID
 * @param client the client address, encoded as by {@link luna.sender.admission.Admission#client}
 * @param ignored the names of unknown parameters, encoded and separated by commas
 * @param subprotocol whether the client offers our subprotocol; the response must then name it
 * @param expiresMillis when the token expires by the wall clock, or {@link SessionOpener#NEVER}
 */
record HandshakeRequest(
    String requestId,
    String account,
    long client,
    SubscribeOptions options,
    String ignored,
    boolean subprotocol,
    long expiresMillis) {

  static HandshakeRequest of(RequestState state, WsHandler.ParsedQuery query) {
    Grant grant = state.grant();
    return new HandshakeRequest(
        state.requestId(),
        state.account(),
        state.client(),
        query.options(),
        query.ignored(),
        state.credentials().protocol(),
        grant == null ? SessionOpener.NEVER : grant.untilMillis());
  }

  /** Returns the resources that the session will use in addition to its connection. */
  Needs needs(SessionOpener opener) {
    EventFilter filter = options.filter();
    return new Needs(options.stats(), filter.textCount(), opener.filterBytes(account, filter));
  }
}
