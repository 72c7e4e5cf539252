package luna.sender.api;

import java.util.LinkedHashMap;
import java.util.Map;
import luna.sender.admission.Admission.Needs;
import luna.sender.auth.Grant;
import luna.sender.filter.EventFilter;
import luna.sender.headers.EncodedTexts;
import luna.sender.socket.SessionOpener;
import luna.sender.socket.SubscribeOptions;

/**
 * A valid and authorized handshake, before the limits are checked.
 *
 * <p>See: {@link luna.sender.admission.Admission#enter} checks the limits; {@code
 * socket.WebSocketUpgrade} sends the 101.
 *
 * @param account lower-case UUID
 * @param client the client address, encoded as by {@link luna.sender.admission.Admission#client}
 * @param ignored the names of unknown parameters, encoded and separated by commas
 * @param warnings about the filter, as {@link EncodedTexts}
 * @param subprotocol whether the client offers the subprotocol {@code luna.sender.v2}; the 101 must
 *     then name it
 * @param expiresMillis when the token expires by the wall clock, or {@link SessionOpener#NEVER}
 */
record HandshakeRequest(
    String requestId,
    String account,
    long client,
    SubscribeOptions options,
    String ignored,
    String warnings,
    boolean subprotocol,
    long expiresMillis) {
  static final String IGNORED_PARAMETERS = "Luna-Ignored-Parameters";
  static final String FILTER_WARNINGS = "Luna-Filter-Warnings";

  static HandshakeRequest of(RequestState state, SubscribeOptions options, ParsedQuery query) {
    Grant grant = state.grant();
    return new HandshakeRequest(
        state.requestId(),
        state.account(),
        state.client(),
        options,
        query.ignored(),
        query.warnings(),
        state.credentials().protocol(),
        grant == null ? SessionOpener.NEVER : grant.untilMillis());
  }

  /**
   * Returns the header fields that the contract adds to the 101. They are part of no other
   * response, so they are not set on the response before the upgrade.
   */
  Map<String, String> responseHeaders() {
    Map<String, String> headers = new LinkedHashMap<>();
    if (!ignored.isEmpty()) {
      headers.put(IGNORED_PARAMETERS, ignored);
    }
    if (!warnings.isEmpty()) {
      headers.put(FILTER_WARNINGS, warnings);
    }
    if (subprotocol) {
      headers.put(Credentials.PROTOCOLS, Credentials.PROTOCOL);
    }
    return headers;
  }

  /** Returns the same request without a subprotocol, which only WebSockets have. */
  HandshakeRequest withoutSubprotocol() {
    return new HandshakeRequest(
        requestId, account, client, options, ignored, warnings, false, expiresMillis);
  }

  /** Returns the resources that the session will use in addition to its connection. */
  Needs needs(SessionOpener opener) {
    EventFilter filter = options.filter();
    return new Needs(options.stats(), filter.textCount(), opener.filterBytes(account, filter));
  }
}
