package luna.sender.api;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Validates the header fields that may have only one value.
 *
 * <p>Why: of two values, a proxy may use one and this service the other (request smuggling). A list
 * field may have several lines ({@link luna.sender.headers.FieldValue#list}); any other field with
 * several lines is rejected.
 *
 * <p>Source: RFC 9110 sections 5.3 and 5.5; RFC 6455 section 11.3; the W3C's Trace Context.
 */
final class SingleValueHeaders {
  /**
   * Single-value fields that the service, its libraries or proxies in front of it read. {@code
   * Cookie} is not included: nothing here reads it, and HTTP/2 proxies split it.
   */
  static final List<String> SINGLE =
      List.of(
          "Host",
          "Content-Length",
          "Content-Type",
          "Content-Location",
          "Content-Range",
          "Authorization",
          "Proxy-Authorization",
          "Origin",
          "Sec-WebSocket-Key",
          "Sec-WebSocket-Version",
          "Luna-Account-Id",
          "Luna-Request-Id",
          "Last-Event-ID",
          "traceparent",
          "Date",
          "From",
          "If-Modified-Since",
          "If-Range",
          "If-Unmodified-Since",
          "Max-Forwards",
          "Range",
          "Referer",
          "User-Agent");

  private SingleValueHeaders() {}

  /** Requests have some ten fields, so comparing all of them is fast. */
  private static final int COMPARED = 24;

  /** Describes the first invalid field, or returns null. */
  static @Nullable String fault(MultiMap headers) {
    if (areDistinct(headers)) {
      return null;
    }
    for (String name : SINGLE) {
      int times = headers.getAll(name).size();
      if (times > 1) {
        return name + ": given " + times + " times (expected: once)";
      }
    }
    return headers.contains("") ? "a header: no name (expected: one)" : null;
  }

  /**
   * Returns whether no two fields have the same name and none has an empty one; false if there are
   * many fields. This is faster than a search for each name.
   */
  private static boolean areDistinct(MultiMap headers) {
    String[] names = new String[COMPARED];
    int count = 0;
    for (Map.Entry<String, String> field : headers) {
      String name = field.getKey();
      if (count == COMPARED || name.isEmpty()) {
        return false;
      }
      for (int i = 0; i < count; i++) {
        if (name.length() == names[i].length() && name.equalsIgnoreCase(names[i])) {
          return false;
        }
      }
      names[count++] = name;
    }
    return true;
  }
}
