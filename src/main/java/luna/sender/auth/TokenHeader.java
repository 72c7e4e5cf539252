package luna.sender.auth;

import java.util.Locale;
import java.util.Set;
import org.jose4j.jwx.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a token's header says of its use.
 *
 * <p>Shape: {@code typ}, if it is there, is {@code JWT} or {@code at+jwt}, in any letter case and
 * with or without {@code application/}. Extensions that have to be understood ({@code crit}) are
 * refused as a whole, an empty list of them too: there are none that this service knows.
 *
 * <p>Source: RFC 7515 sections 4.1.9 and 4.1.11, RFC 8725 section 3.11, RFC 9068.
 */
final class TokenHeader {
  /** A JWT of any use, or an access token. One for a logout, a proof or an event opens nothing. */
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt");

  private static final String APPLICATION = "application/";

  private TokenHeader() {}

  /** Why a token with this header opens nothing, or null. */
  static @Nullable String fault(Headers headers) {
    if (headers.getObjectHeaderValue("crit") != null) {
      return "the token has extensions that are not known (crit)";
    }
    Object type = headers.getObjectHeaderValue("typ");
    if (type != null && !(type instanceof String text && TYPES.contains(plain(text)))) {
      return "the token is of another type (typ)";
    }
    return null;
  }

  private static String plain(String type) {
    String lower = type.toLowerCase(Locale.ROOT);
    return lower.startsWith(APPLICATION) ? lower.substring(APPLICATION.length()) : lower;
  }
}
