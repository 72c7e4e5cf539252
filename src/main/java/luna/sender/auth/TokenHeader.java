package luna.sender.auth;

import java.util.Locale;
import java.util.Set;
import org.jose4j.jwx.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Validates the header of a token.
 *
 * <p>Shape: {@code typ}, if present, must be {@code JWT} or {@code at+jwt}, in any letter case and
 * with or without {@code application/}. A token with critical extensions ({@code crit}) is
 * rejected, even if the list is empty, because this service supports none.
 *
 * <p>Source: RFC 7515 sections 4.1.9 and 4.1.11, RFC 8725 section 3.11, RFC 9068.
 */
final class TokenHeader {
  /**
   * A JWT without a specific use, or an access token. Logout tokens, proofs and event tokens are
   * rejected.
   */
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt");

  private static final String APPLICATION = "application/";

  private TokenHeader() {}

  /** Returns why a token with this header is rejected, or null. */
  static @Nullable String fault(Headers headers) {
    if (headers.getObjectHeaderValue("crit") != null) {
      return "the token has unsupported critical extensions (crit)";
    }
    Object type = headers.getObjectHeaderValue("typ");
    if (type != null && !(type instanceof String text && TYPES.contains(plain(text)))) {
      return "the token has an unsupported type (typ)";
    }
    return null;
  }

  private static String plain(String type) {
    String lower = type.toLowerCase(Locale.ROOT);
    return lower.startsWith(APPLICATION) ? lower.substring(APPLICATION.length()) : lower;
  }
}
