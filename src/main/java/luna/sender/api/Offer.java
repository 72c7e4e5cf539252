package luna.sender.api;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake's head offers beside the upgrade itself.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 6750 section 2.1.
 *
 * @param token the bearer's, or null without one
 */
record Offer(@Nullable String token) {
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S*) *");

  static Offer of(MultiMap headers) {
    List<String> authorization = headers.getAll(HttpHeaders.AUTHORIZATION);
    if (authorization.size() > 1) {
      throw new ApiFailure(
          ApiError.BAD_HEADER,
          "Authorization: given " + authorization.size() + " times (expected: once)");
    }
    Matcher bearer = BEARER.matcher(authorization.isEmpty() ? "" : authorization.get(0));
    return new Offer(bearer.matches() ? bearer.group(1) : null);
  }
}
