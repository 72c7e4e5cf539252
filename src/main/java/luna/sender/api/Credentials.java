package luna.sender.api;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake offers beside the upgrade itself: a token, and our subprotocol.
 *
 * <p>Shape: {@code Authorization: Bearer <token>}; or, for browsers, which can set no header but
 * this, {@code Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer.<token>}.
 *
 * <p>Errors: {@link ApiError#BAD_HEADER} that never shows the token.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 6750 section 2.1, RFC 6455 section 4.2.2.
 *
 * @param token null without one
 * @param protocol whether the client speaks {@link #PROTOCOL}, and has to be answered that we do
 */
record Credentials(@Nullable String token, boolean protocol) {
  static final String PROTOCOL = "luna.sender.v2";
  static final String PROTOCOLS = "Sec-WebSocket-Protocol";
  private static final String BEARER = "luna.bearer.";
  private static final String SCHEME = "bearer ";

  static Credentials of(MultiMap headers) {
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
      // A browser would fail the handshake if the answer named none of its protocols, and the only
      // other one is a secret.
      throw bad(PROTOCOLS + ": " + BEARER + "… alone (expected: " + PROTOCOL + " beside it)");
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

  /** The token behind the scheme; null for another scheme, or for more than a token. */
  private static @Nullable String bearer(String value) {
    if (value.length() < SCHEME.length()
        || !value.substring(0, SCHEME.length()).toLowerCase(Locale.ROOT).equals(SCHEME)) {
      return null;
    }
    String token = value.substring(SCHEME.length()).strip();
    return token.chars().anyMatch(Character::isWhitespace) ? null : token;
  }

  private static ApiException bad(String what) {
    return new ApiException(ApiError.BAD_HEADER, what);
  }
}
