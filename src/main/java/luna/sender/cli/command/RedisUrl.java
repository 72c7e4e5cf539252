package luna.sender.cli.command;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The URL of a Redis server, as settings of the configuration.
 *
 * <p>Shape: {@code redis[s]://[user:password@]host:port[/number]}, with a percent-encoded user and
 * password. The default port is 6379, the default number 0.
 *
 * <p>Errors: {@link IllegalArgumentException} with a text that does not show the URL, because it
 * may contain a password.
 */
public final class RedisUrl {
  private static final String REDIS = "REDIS_DB_ADDRESS__";

  private RedisUrl() {}

  /** Returns the environment with the settings from the URL. */
  public static Map<String, String> applyTo(Map<String, String> environment, String url) {
    URI uri = parse(url);
    String path = path(uri);
    String[] user = (uri.getRawUserInfo() == null ? ":" : uri.getRawUserInfo()).split(":", 2);
    Map<String, String> changed = new HashMap<>(environment);
    changed.put(REDIS + "HOST", uri.getHost().replaceAll("[\\[\\]]", ""));
    changed.put(REDIS + "PORT", Integer.toString(uri.getPort() < 0 ? 6379 : uri.getPort()));
    changed.put(REDIS + "NUMBER", path.length() > 1 ? path.substring(1) : "0");
    changed.put(REDIS + "USE_SSL", uri.getScheme().equals("rediss") ? "1" : "0");
    changed.put(REDIS + "USER", decoded(user[0]));
    changed.put(REDIS + "PASSWORD", user.length > 1 ? decoded(user[1]) : "");
    changed.put(REDIS + "SENTINEL__MASTER_NAME", "");
    changed.put(REDIS + "CLUSTER__NODES", "");
    changed.put(REDIS + "CLUSTER__SHARDED", "0");
    return changed;
  }

  private static URI parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException failure) {
      throw bad("not a URL");
    }
    String scheme = String.valueOf(uri.getScheme());
    if (uri.getHost() == null || !scheme.matches("rediss?") || !path(uri).matches("(/[0-9]*)?")) {
      throw bad("an unsupported URL");
    }
    return uri;
  }

  private static String path(URI uri) {
    return uri.getPath() == null ? "" : uri.getPath();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException bad(String what) {
    return new IllegalArgumentException(
        what + " (expected: redis[s]://[user:password@]host:port[/n])");
  }
}
