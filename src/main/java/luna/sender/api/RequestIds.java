package luna.sender.api;

import io.vertx.ext.web.RoutingContext;
import luna.sender.event.RequestId;

/**
 * Assigns an id to each request and sets it on the response.
 *
 * <p>Owner: immutable.
 */
final class RequestIds {
  private static final String KEY = "luna.requestId";

  private RequestIds() {}

  /**
   * Returns the request's id. The first call sets it on the response, which includes 101 and
   * errors.
   */
  static String of(RoutingContext context) {
    String id = context.get(KEY);
    if (id == null) {
      id = RequestId.of(context.request().getHeader(RequestId.HEADER));
      context.put(KEY, id);
      context.response().putHeader(RequestId.HEADER, id);
    }
    return id;
  }
}
