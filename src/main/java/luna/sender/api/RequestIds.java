package luna.sender.api;

import io.vertx.ext.web.RoutingContext;
import luna.sender.event.RequestId;

/**
 * Gives each request its id, and the id to each answer.
 *
 * <p>Owner: immutable.
 */
final class RequestIds {
  private static final String KEY = "luna.requestId";

  private RequestIds() {}

  /** The request's id; from the first call on the response carries it, 101 and errors too. */
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
