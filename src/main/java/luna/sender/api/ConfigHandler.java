package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import luna.sender.config.Config;

/**
 * Handles the operation {@code config}: the effective configuration with masked secrets, as JSON or
 * text.
 */
final class ConfigHandler implements Handler<RoutingContext> {
  private final Config config;

  ConfigHandler(Config config) {
    this.config = config;
  }

  @Override
  public void handle(RoutingContext context) {
    String form = ContentNegotiation.choose(context, "application/json", "text/plain");
    HttpServerResponse response =
        context
            .response()
            .putHeader(HttpHeaders.VARY, "accept")
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (form.equals("text/plain")) {
      response
          .putHeader(Responses.NOSNIFF, "nosniff")
          .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
      Responses.end(context.request(), Buffer.buffer(config.toText()));
    } else {
      Responses.json(context.request(), new JsonObject(config.masked()));
    }
  }
}
