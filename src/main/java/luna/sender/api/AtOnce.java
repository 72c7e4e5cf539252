package luna.sender.api;

import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.PlatformHandler;

/**
 * The first handler of an operation whose bodies are kept in memory until they are whole: so many
 * requests at once, whoever asks.
 *
 * <p>Errors: {@link ApiError#TOO_MANY}, before anything of the body is read.
 *
 * <p>Owner: confined to its event loop.
 */
final class AtOnce implements PlatformHandler {
  private final int limit;
  private int now;

  AtOnce(int limit) {
    this.limit = limit;
  }

  @Override
  public void handle(RoutingContext context) {
    if (now == limit) {
      throw new ApiFailure(ApiError.TOO_MANY, "Too many of these requests come at once");
    }
    now++;
    context.addEndHandler(ended -> now--);
    context.next();
  }
}
