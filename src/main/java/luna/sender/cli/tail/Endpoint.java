package luna.sender.cli.tail;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where the service is.
 *
 * <p>Shape: {@code http}, {@code https}, {@code ws} or {@code wss}, a host, and perhaps a port, a
 * path that a gateway puts before the API's own, and filters as in the URL of any client. Without a
 * path that ends in {@code /ws}, {@code /2/ws} is added.
 *
 * <p>Errors: {@link IllegalArgumentException} that says what a URL should be.
 *
 * <p>Owner: immutable.
 *
 * @param query what stood behind the question mark, still encoded; empty = nothing
 */
record Endpoint(boolean tls, String host, int port, String path, String query) {
  private static final String API = "/2/ws";
  private static final String NAME = "--url: ";

  static Endpoint parse(String url) {
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
      // Not shown: it may be a password.
      throw bad("with a user", "a token by --token-file or LUNA_SENDER_TOKEN");
    }
    if (uri.getRawFragment() != null) {
      throw bad(url, "no #; inside of a value it is %23");
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

  /** Whether what is sent there may be read on the way. */
  boolean isExposed() {
    return !tls && !host.matches("localhost|127(\\.\\d+){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");
  }

  /** The host as a socket wants it: IPv6 without its brackets. */
  String peer() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** For people; without the query, which may be long and is their own. */
  String text() {
    return (tls ? "wss://" : "ws://") + host + ":" + port + path;
  }

  private static IllegalArgumentException bad(String url, String expected) {
    return new IllegalArgumentException(NAME + url + " (expected: " + expected + ")");
  }
}
