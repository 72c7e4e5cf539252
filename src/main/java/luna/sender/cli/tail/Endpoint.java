package luna.sender.cli.tail;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * The address of the service.
 *
 * <p>Shape: a URL with {@code http}, {@code https}, {@code ws} or {@code wss} and a host;
 * optionally a port, the path prefix of a gateway, and filters as a query. If the path does not end
 * in {@code /ws}, {@code /2/ws} is added.
 *
 * <p>Errors: {@link IllegalArgumentException} with the expected form of the URL.
 *
 * @param query the query, still percent-encoded; empty = none
 */
public record Endpoint(boolean tls, String host, int port, String path, String query) {
  /** The warning to users who send a token to an {@linkplain #isExposed exposed} address. */
  public static final String EXPOSED_TOKEN =
      "without TLS, others on the network can read the token";

  private static final String API = "/2/ws";
  private static final String NAME = "--url: ";

  public static Endpoint parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException unreadable) {
      throw bad(url, "http(s)://host:port or ws(s)://host:port");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.matches("https?|wss?") || uri.getHost() == null) {
      throw bad(url, "http(s)://host:port or ws(s)://host:port");
    }
    if (uri.getRawUserInfo() != null) {
      // Don't show the user: it may contain a password.
      throw bad("contains a user", "a token in --token-file or LUNA_SENDER_TOKEN");
    }
    if (uri.getRawFragment() != null) {
      throw bad(url, "no #; in a value, write %23");
    }
    boolean tls = scheme.equals("https") || scheme.equals("wss");
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
    if (port == 0 || port > 65_535) {
      throw bad(url, "a port from 1 to 65535");
    }
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    return new Endpoint(tls, uri.getHost(), port, path(uri.getRawPath()), query);
  }

  private static String path(String given) {
    if (given.endsWith("/ws")) {
      return given;
    }
    return (given.endsWith("/") ? given.substring(0, given.length() - 1) : given) + API;
  }

  /** Returns the URL without the path of the WebSocket, and without a slash at the end. */
  public String base() {
    return (tls ? "https://" : "http://")
        + host
        + ":"
        + port
        + path.replaceFirst("/[0-9]+/ws$", "");
  }

  /** Returns whether others on the network can read the traffic. */
  public boolean isExposed() {
    return !tls && !host.matches("localhost|127(\\.\\d+){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");
  }

  /** Returns the host for a socket: IPv6 without brackets. */
  public String peer() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Returns the URL for display, without the query, which may be long. */
  public String text() {
    return (tls ? "wss://" : "ws://") + host + ":" + port + path;
  }

  private static IllegalArgumentException bad(String url, String expected) {
    return new IllegalArgumentException(NAME + url + " (expected: " + expected + ")");
  }
}
