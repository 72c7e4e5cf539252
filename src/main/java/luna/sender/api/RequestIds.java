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

  /** The first handler of all: from here on the response carries the id, 101 and errors too. */
  static void assign(RoutingContext context) {
    of(context);
    context.next();
  }

  /** The request's id; one that is refused before any handler gets it only here. */
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
