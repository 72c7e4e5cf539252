package luna.sender.api;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;

/**
 * A server of the contract whose handlers all fail, because clients cannot make the real ones fail.
 *
 * <p>Shape: validation, request ids and error responses are those of the service.
 */
final class FaultyServer implements AutoCloseable {
  /** The text that only the log may contain. */
  static final String CAUSE = "the cause, which is nobody's business";

  private final HttpServer server;

  FaultyServer(ContractCheck check) {
    Contract contract = check.contract();
    RouterBuilder routes = RouterBuilder.create(check.vertx(), contract.openApi());
    routes.rootHandler(
        context -> {
          RequestState.of(context);
          context.next();
        });
    contract
        .openApi()
        .operations()
        .forEach(
            operation ->
                routes
                    .getRoute(operation.getOperationId())
                    .setDoValidation(false)
                    .addHandler(BodyHandler.create(false))
                    .addHandler(contract.validator(operation))
                    .addHandler(
                        context -> {
                          throw new Fault();
                        }));
    Router router = routes.createRouter();
    new ErrorHandler(metrics()).handle(router);
    server = await(check.vertx().createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  /** Without a stack trace, to keep the log of the tests short. */
  private static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    Fault() {
      super(CAUSE, null, false, false);
    }
  }

  private static Metrics metrics() {
    Config config = ConfigLoader.load(null, Map.of());
    return new Metrics(config.influx(), config.metrics());
  }

  int port() {
    return server.actualPort();
  }

  @Override
  public void close() {
    await(server.close());
  }
}
