package luna.sender.admission;

import java.util.List;
import java.util.Map;
import luna.sender.config.Network;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * Parses the addresses that proxies add to a request.
 *
 * <p>Errors: returns null for malformed values, and for {@code unknown} and {@code _hidden}, which
 * are not addresses.
 *
 * <p>Source: RFC 7239 sections 4 to 6.
 */
final class ForwardedHeader {
  private static final int PORT_LENGTH = 5;

  private ForwardedHeader() {}

  /** Returns the address of {@code for} in one element of the field {@code Forwarded}. */
  static byte @Nullable [] address(String element) {
    List<String> pairs = FieldValue.split(element, ';');
    if (pairs == null || !pairs.stream().allMatch(ForwardedHeader::isPair)) {
      return null;
    }
    Map<String, String> parameters = FieldValue.parameters(pairs);
    String node = parameters == null ? null : parameters.get("for");
    return node == null ? null : node(node, false);
  }

  /**
   * Returns whether the text is a name, an equals sign and a value, without spaces between them.
   */
  private static boolean isPair(String text) {
    int equals = text.indexOf('=');
    return equals > 0
        && FieldValue.isToken(text.substring(0, equals))
        && FieldValue.unquote(text.substring(equals + 1)) != null;
  }

  /**
   * Returns the address of {@code 192.0.2.1}, {@code 192.0.2.1:4711}, {@code [2001:db8::1]} or
   * {@code [2001:db8::1]:4711}.
   *
   * @param bare whether {@code 2001:db8::1} without brackets is allowed
   */
  static byte @Nullable [] node(String node, boolean bare) {
    if (node.startsWith("[")) {
      int end = node.indexOf(']');
      String host = end < 0 ? "" : node.substring(1, end);
      return host.indexOf(':') >= 0 && isPort(node.substring(end + 1)) ? address6(host) : null;
    }
    int colon = node.indexOf(':');
    if (colon < 0) {
      return Network.address(node);
    }
    if (colon == node.lastIndexOf(':')) {
      return isPort(node.substring(colon)) ? Network.address(node.substring(0, colon)) : null;
    }
    return bare ? address6(node) : null;
  }

  /**
   * Parses an IPv6 address. Zones are not allowed: they are only meaningful on the proxy's host.
   */
  private static byte @Nullable [] address6(String host) {
    return host.indexOf('%') < 0 && host.indexOf('[') < 0 ? Network.address(host) : null;
  }

  /** Returns whether the text is empty, {@code :4711} or {@code :_hidden}. */
  private static boolean isPort(String text) {
    if (text.isEmpty()) {
      return true;
    }
    String port = text.substring(1);
    if (text.charAt(0) != ':' || port.isEmpty()) {
      return false;
    }
    return port.charAt(0) == '_'
        ? port.length() > 1 && port.chars().allMatch(ForwardedHeader::isHidden)
        : port.length() <= PORT_LENGTH && port.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static boolean isHidden(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
