package luna.sender.config;

import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.util.regex.Pattern;
import luna.sender.event.Uuid;

/**
 * Validates single values, for the compact constructors of the sections.
 *
 * <p>Errors: {@code IllegalArgumentException} with {@code KEY: value (expected: ...)}; the loader
 * puts the section's path before it.
 */
final class Bounds {
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Pattern HOST = Pattern.compile("[^\\s/@\\[\\]]+");
  private static final Pattern HOST_PORT =
      Pattern.compile("([^\\s/@\\[\\]:_]+|\\[[0-9A-Fa-f:.%]+]):([0-9]{1,5})");
  private static final Pattern URL =
      Pattern.compile(
          "https?://([^\\s/@\\[\\]:?#]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?(/[^\\s#@]*)?");

  /** Its host can be written in a content security policy, which knows no IPv6 addresses. */
  private static final Pattern SAMPLE_URL =
      Pattern.compile(
          "https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/?&=%-]*\\{sample_id}"
              + "[A-Za-z0-9._~/?&=%-]*");

  private static final Pattern ORIGIN =
      Pattern.compile(
          "\\*|null|[A-Za-z][A-Za-z0-9+.-]*://(\\*\\.)?([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])"
              + "(:[0-9]{1,5})?");

  private Bounds() {}

  static void range(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw bad(key, value, min + ".." + max);
    }
  }

  /** Requires a ratio from 0 to 1. */
  static void ratio(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw bad(key, value, "0..1");
    }
  }

  static void port(String key, int value) {
    range(key, value, 1, 65535);
  }

  /** Requires a duration that may be zero. */
  static void delay(String key, Duration value) {
    seconds(key, value, Duration.ZERO);
  }

  /** Requires a duration that is long enough for a timer. */
  static void period(String key, Duration value) {
    seconds(key, value, SHORTEST);
  }

  static void notEmpty(String key, String value) {
    if (value.isBlank()) {
      throw bad(key, quote(value), "non-empty text");
    }
  }

  /**
   * Requires a host name or an address. Masks a value that looks like a URL, because it may contain
   * a password.
   */
  static void host(String key, String value) {
    if (!HOST.matcher(value).matches()) {
      throw bad(key, value.contains("@") ? Secret.MASK : quote(value), "a host name or address");
    }
  }

  /**
   * Requires {@code host:port} of a Redis node. The Redis client parses it as a part of a URI,
   * where host names cannot contain an underscore.
   */
  static void hostPort(String key, String value) {
    var matcher = HOST_PORT.matcher(value);
    if (!matcher.matches() || isInvalidPort(Integer.parseInt(matcher.group(2)))) {
      throw bad(key, value.contains("@") ? Secret.MASK : quote(value), "host:port");
    }
  }

  /** Requires an HTTP URL. Masks one with a user, because it may contain a password. */
  static void url(String key, String value) {
    if (!URL.matcher(value).matches()) {
      throw bad(
          key, value.contains("@") ? Secret.MASK : quote(value), "http(s)://host[:port]/path");
    }
  }

  /**
   * Requires an origin of web pages, a wildcard pattern, {@code *} for all, or {@code null} for
   * pages without an origin.
   */
  static void origin(String key, String value) {
    if (!ORIGIN.matcher(value).matches()) {
      throw bad(key, quote(value), "https://host[:port], https://*.domain[:port], null or *");
    }
  }

  /** Requires an HTTP URL with the placeholder of a sample's id in its path, or an empty value. */
  static void sampleUrl(String key, String value) {
    if (!value.isEmpty() && !SAMPLE_URL.matcher(value).matches()) {
      throw bad(
          key,
          value.contains("@") ? Secret.MASK : quote(value),
          "http(s)://host[:port]/path with {sample_id} in the path, or empty");
    }
  }

  /** Requires an account id, or an empty value. */
  static void account(String key, String value) {
    if (!value.isEmpty() && !Uuid.is(value)) {
      throw bad(key, quote(value), "a UUID, or empty");
    }
  }

  static void network(String key, String value) {
    if (Network.parse(value) == null) {
      throw bad(key, quote(value), "an IP address, or address/bits");
    }
  }

  static IllegalArgumentException bad(String key, Object value, String expected) {
    return new IllegalArgumentException(key + ": " + value + " (expected: " + expected + ")");
  }

  private static void seconds(String key, Duration value, Duration min) {
    if (value.compareTo(min) < 0 || value.compareTo(LONGEST) > 0) {
      String bounds = Seconds.format(min) + ".." + Seconds.format(LONGEST);
      throw bad(key, Seconds.format(value), bounds + " seconds");
    }
  }

  private static boolean isInvalidPort(int port) {
    return port < 1 || port > 65535;
  }

  private static String quote(String value) {
    return TextNode.valueOf(value).toString();
  }
}
