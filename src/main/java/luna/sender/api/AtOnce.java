package luna.sender.api;

import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.PlatformHandler;
import java.util.concurrent.atomic.AtomicBoolean;

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
    // An answer that is followed by the end of its connection is told twice.
    AtomicBoolean counted = new AtomicBoolean(true);
    context.addEndHandler(
        ended -> {
          if (counted.getAndSet(false)) {
            now--;
          }
        });
    context.next();
  }
}
