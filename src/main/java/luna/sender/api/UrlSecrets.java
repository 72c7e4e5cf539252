package luna.sender.api;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds tokens in a query. URLs end up in logs and browser histories, so the service rejects a
 * token in the URL, even if it requires no tokens.
 *
 * <p>How: names match in any letter case, with or without hyphens, underscores and brackets,
 * percent-encoded or not, and after {@code ;} as well as after {@code &}. A value that looks like a
 * signed JWT matches under any name.
 *
 * <p>Errors: results are constants of this class and never contain text from the client.
 *
 * <p>Units: time is linear in the length of the query.
 *
 * <p>Source: RFC 6750 section 5.3.
 */
final class UrlSecrets {
  private static final Set<String> NAMES =
      Set.of(
          "auth",
          "authorization",
          "bearer",
          "jwt",
          "jws",
          "apikey",
          "xapikey",
          "accesskey",
          "secret",
          "clientsecret",
          "clientassertion",
          "password",
          "passwd",
          "credential",
          "credentials");

  /** {@code access_token}, {@code id_token}, {@code auth-token}, {@code x-token}... */
  private static final String TOKEN = "token";

  /** The start of a JSON object in Base64url. */
  private static final String OBJECT = "eyJ";

  /** The longest name that is checked. */
  private static final int NAME_LENGTH = 64;

  private UrlSecrets() {}

  /** Returns the kind of secret in a query, or null if there is none. */
  static @Nullable String find(@Nullable String query) {
    if (query == null) {
      return null;
    }
    int start = 0;
    for (int i = 0; i <= query.length(); i++) {
      if (i == query.length() || query.charAt(i) == '&' || query.charAt(i) == ';') {
        String kind = i == start ? null : kind(query.substring(start, i));
        if (kind != null) {
          return kind;
        }
        start = i + 1;
      }
    }
    return null;
  }

  private static @Nullable String kind(String pair) {
    int equals = pair.indexOf('=');
    String value = pair.substring(equals + 1);
    if (isJwt(value)) {
      return "jwt";
    }
    String raw = equals < 0 ? pair : pair.substring(0, equals);
    String decoded = raw.length() > 3 * NAME_LENGTH ? null : QueryString.decode(raw);
    String name = plain(decoded == null ? raw : decoded);
    if (name.endsWith(TOKEN)) {
      return TOKEN;
    }
    return NAMES.contains(name) ? name : null;
  }

  /**
   * Returns the letters and digits of a name in lower case, up to its end. A space, colon or equals
   * sign also ends it, because some clients send {@code ?Bearer%20…} or {@code ?token%3D…}.
   */
  private static String plain(String name) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < name.length() && plain.length() < NAME_LENGTH; i++) {
      char c = name.charAt(i);
      if (c == '=' || c == ':' || (!plain.isEmpty() && (c == ' ' || c == '['))) {
        break;
      }
      if (c >= 'A' && c <= 'Z') {
        plain.append((char) (c + 'a' - 'A'));
      } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  /** Returns whether the value contains {@code eyJ….….…}, after any scheme. */
  private static boolean isJwt(String value) {
    int start = value.indexOf(OBJECT);
    if (start < 0) {
      return false;
    }
    int dot = value.indexOf('.', start);
    return dot > 0 && value.indexOf('.', dot + 1) > 0;
  }
}
