package luna.sender.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import luna.sender.config.HttpSettings;
import org.jspecify.annotations.Nullable;

/**
 * Decides which web pages may open a WebSocket. Browsers allow every page to try, with the user's
 * network access and cookies, so the server must check the origin.
 *
 * <p>How: allows pages of the service's own host and port, and listed origins. TLS may end in front
 * of the service, so for the own host the scheme only determines the default port. A listed origin
 * is compared with its scheme.
 *
 * <p>Source: RFC 6454 section 7, RFC 6455 section 10.2.
 */
public final class Origins {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
  private static final String DIGITS = "0123456789";
  private static final int PORT_DIGITS = 5;
  private static final String SUBDOMAIN = "://*.";

  private final boolean all;
  private final boolean opaque;
  private final List<Site> sites = new ArrayList<>();
  private final List<Site> domains = new ArrayList<>();

  /** A parsed origin. The host of a wildcard domain begins with a dot. */
  private record Site(String scheme, String host, int port) {
    static @Nullable Site parse(String origin) {
      String lower = origin.toLowerCase(Locale.ROOT);
      int colon = lower.indexOf("://");
      String scheme = lower.substring(0, Math.max(0, colon));
      return !scheme.isEmpty()
              && LETTERS.indexOf(scheme.charAt(0)) >= 0
              && consists(scheme, LETTERS + DIGITS + "+.-")
          ? at(scheme, lower.substring(colon + 3))
          : null;
    }

    /** Parses {@code host}, {@code host:port} or {@code [IPv6]:port} with the given scheme. */
    private static @Nullable Site at(String scheme, String authority) {
      int bracket = authority.startsWith("[") ? authority.indexOf(']') : -1;
      int end = bracket >= 0 ? bracket + 1 : authority.indexOf(':');
      String host = end < 0 ? authority : authority.substring(0, end);
      String port = end < 0 ? "" : authority.substring(end);
      boolean named =
          bracket >= 0
              ? bracket > 1 && consists(host.substring(1, bracket), DIGITS + "abcdef:.")
              : !host.isEmpty() && consists(host, LETTERS + DIGITS + "._-");
      if (port.isEmpty()) {
        return named ? new Site(scheme, host, port(null, scheme)) : null;
      }
      String digits = port.substring(1);
      boolean numbered =
          port.charAt(0) == ':'
              && !digits.isEmpty()
              && digits.length() <= PORT_DIGITS
              && consists(digits, DIGITS);
      return named && numbered ? new Site(scheme, host, port(digits, scheme)) : null;
    }

    private static boolean consists(String text, String of) {
      return text.chars().allMatch(c -> of.indexOf(c) >= 0);
    }

    static int port(@Nullable String text, String scheme) {
      if (text != null) {
        return Integer.parseInt(text);
      }
      return switch (scheme) {
        case "http", "ws" -> 80;
        case "https", "wss" -> 443;
        default -> 0;
      };
    }

    boolean contains(Site page) {
      return page.scheme.equals(scheme) && page.port == port && page.host.endsWith(host);
    }

    boolean isAt(@Nullable String authority) {
      return scheme.startsWith("http")
          && authority != null
          && equals(at(scheme, authority.toLowerCase(Locale.ROOT)));
    }
  }

  public Origins(HttpSettings settings) {
    List<String> allowed = settings.allowedOrigins();
    all = !settings.checkOrigin() || allowed.contains("*");
    opaque = allowed.contains("null");
    for (String each : allowed) {
      boolean domain = each.contains(SUBDOMAIN);
      Site site = Site.parse(each.replace(SUBDOMAIN, "://"));
      if (domain && site != null) {
        domains.add(new Site(site.scheme, "." + site.host, site.port));
      } else if (site != null) {
        sites.add(site);
      }
    }
  }

  /**
   * Returns whether a request is allowed.
   *
   * @param origins all values of its header {@code Origin}; clients other than browsers send none
   * @param host its header {@code Host}
   */
  public boolean allow(List<String> origins, @Nullable String host) {
    if (all || origins.isEmpty()) {
      return true;
    }
    String origin = origins.get(0);
    if (origins.size() > 1 || origin.equals("null")) {
      return origins.size() == 1 && opaque;
    }
    Site page = Site.parse(origin);
    return page != null
        && (page.isAt(host)
            || sites.contains(page)
            || domains.stream().anyMatch(domain -> domain.contains(page)));
  }
}
