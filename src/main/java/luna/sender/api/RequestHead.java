package luna.sender.api;

import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request head that have one value.
 *
 * <p>Why: of two values, a proxy may use the one and this service the other. A field that is a list
 * has several lines by right ({@link luna.sender.headers.FieldValue#list}); one that is not is
 * refused.
 *
 * <p>Source: RFC 9110 sections 5.3 and 5.5; RFC 6455 section 11.3; the W3C's Trace Context.
 */
final class RequestHead {
  /**
   * Fields that the service, its libraries or the proxies before it read. {@code Cookie} is not
   * one: nothing here reads it, and HTTP/2 proxies split it.
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

  private RequestHead() {}

  /** What is wrong with the fields, or null. */
  static @Nullable String fault(MultiMap headers) {
    for (String name : SINGLE) {
      int times = headers.getAll(name).size();
      if (times > 1) {
        return name + ": given " + times + " times (expected: once)";
      }
    }
    return headers.contains("") ? "a header: no name (expected: one)" : null;
  }
}
