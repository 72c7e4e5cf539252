package luna.sender.api;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Locale;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * The credentials in a handshake: a bearer token, and whether the client offers our subprotocol.
 *
 * <p>Shape: {@code Authorization: Bearer <token>}; or, for browsers, which can set no other header,
 * {@code Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer.<token>}.
 *
 * <p>Errors: {@link ApiError#BAD_HEADER}, which never contains the token.
 *
 * <p>Source: RFC 6750 section 2.1, RFC 6455 section 4.2.2.
 *
 * @param token null without one
 * @param protocol whether the client offers {@link #PROTOCOL}; the response must then name it
 */
record Credentials(@Nullable String token, boolean protocol) {
  static final String PROTOCOL = "luna.sender.v2";
  static final String PROTOCOLS = "Sec-WebSocket-Protocol";
  private static final String BEARER = "luna.bearer.";
  private static final String SCHEME = "bearer ";
  private static final Credentials NONE = new Credentials(null, false);
  private static final String CHALLENGE = "Bearer realm=\"luna-sender\"";

  static Credentials of(MultiMap headers) {
    if (!headers.contains(PROTOCOLS) && !headers.contains(HttpHeaders.AUTHORIZATION)) {
      return NONE;
    }
    List<String> offered = FieldValue.list(headers.getAll(PROTOCOLS));
    if (offered == null) {
      throw bad(PROTOCOLS + ": a quoted string without an end (expected: a list of tokens)");
    }
    List<String> tokens =
        offered.stream()
            .filter(each -> each.startsWith(BEARER))
            .map(each -> each.substring(BEARER.length()))
            .distinct()
            .toList();
    boolean protocol = offered.contains(PROTOCOL);
    String header = authorization(headers.getAll(HttpHeaders.AUTHORIZATION));
    if (!tokens.isEmpty() && !protocol) {
      // A browser fails the handshake if the response names none of its protocols, and the only
      // other protocol is the secret token.
      throw bad(PROTOCOLS + ": " + BEARER + "… alone (expected: together with " + PROTOCOL + ")");
    }
    if (tokens.size() + (header == null ? 0 : 1) > 1) {
      throw bad("Authorization, " + PROTOCOLS + ": several tokens (expected: one)");
    }
    return new Credentials(tokens.isEmpty() ? header : tokens.get(0), protocol);
  }

  private static @Nullable String authorization(List<String> values) {
    if (values.size() > 1) {
      throw bad("Authorization: given " + values.size() + " times (expected: once)");
    }
    return values.isEmpty() ? null : bearer(values.get(0));
  }

  /** Returns the token after the scheme, or null for another scheme or a malformed value. */
  private static @Nullable String bearer(String value) {
    if (value.length() < SCHEME.length()
        || !value.substring(0, SCHEME.length()).toLowerCase(Locale.ROOT).equals(SCHEME)) {
      return null;
    }
    String token = value.substring(SCHEME.length()).strip();
    return token.chars().anyMatch(Character::isWhitespace) ? null : token;
  }

  /**
   * Requests credentials in a response (RFC 6750, section 3).
   *
   * @param why further attributes of the challenge, each after a comma
   */
  static void challenge(HttpServerResponse response, String why) {
    response.putHeader("WWW-Authenticate", CHALLENGE + why);
  }

  private static ApiException bad(String what) {
    return new ApiException(ApiError.BAD_HEADER, what);
  }
}
