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
 * A server of the contract whose handlers all fail, for the real ones give no client a way to make
 * them.
 *
 * <p>Shape: validation, request ids and failures are the service's own.
 */
final class FaultyServer implements AutoCloseable {
  /** What only the log may say. */
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
                    .addHandler(new ContractValidator(contract.openApi(), operation))
                    .addHandler(
                        context -> {
                          throw new Fault();
                        }));
    Router router = routes.createRouter();
    new ErrorHandler(metrics()).handle(router);
    server = await(check.vertx().createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  /** Without a stack trace, for the log of the tests is to be read. */
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
