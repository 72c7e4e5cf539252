package luna.sender.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.config.HttpSettings;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may open a WebSocket: browsers let any page try, with the user's network and
 * cookies, and leave it to the server to look at the origin.
 *
 * <p>Shape: a page of the service's own host and port, or one that is listed. TLS may end in front
 * of the service, so the scheme says nothing but the port that a URL leaves out.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 6454 section 7, RFC 6455 section 10.2.
 */
public final class Origins {
  private static final String HOST = "([a-z0-9._-]+|\\[[0-9a-f:.]+])(?::([0-9]{1,5}))?";
  private static final Pattern ORIGIN = Pattern.compile("([a-z][a-z0-9+.-]*)://" + HOST);
  private static final Pattern AUTHORITY = Pattern.compile(HOST);
  private static final String SUBDOMAIN = "://*.";

  private final boolean all;
  private final boolean opaque;
  private final List<Site> sites = new ArrayList<>();
  private final List<Site> domains = new ArrayList<>();

  /** An origin in parts; a domain's host begins with its dot. */
  private record Site(String scheme, String host, int port) {
    static @Nullable Site parse(String origin) {
      Matcher parts = ORIGIN.matcher(origin.toLowerCase(Locale.ROOT));
      return parts.matches()
          ? new Site(parts.group(1), parts.group(2), port(parts.group(3), parts.group(1)))
          : null;
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

    boolean holds(Site page) {
      return page.scheme.equals(scheme) && page.port == port && page.host.endsWith(host);
    }

    boolean isAt(@Nullable String authority) {
      Matcher parts =
          AUTHORITY.matcher(authority == null ? "" : authority.toLowerCase(Locale.ROOT));
      return scheme.startsWith("http")
          && parts.matches()
          && host.equals(parts.group(1))
          && port == port(parts.group(2), scheme);
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
   * Whether a request may go on.
   *
   * @param origins all values of its header {@code Origin}; programs send none
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
            || domains.stream().anyMatch(domain -> domain.holds(page)));
  }
}
