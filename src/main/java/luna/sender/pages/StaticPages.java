package luna.sender.pages;

import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import luna.sender.api.Contract;
import luna.sender.api.Pages;
import luna.sender.config.Config;

/**
 * Serves the documentation and the console.
 *
 * <p>Owner: confined to its event loop.
 */
public final class StaticPages implements Pages {
  private final DocsHandler docs;
  private final ConsoleHandler console;

  public StaticPages(Contract contract, Config config) {
    this.docs = new DocsHandler(contract);
    this.console = new ConsoleHandler(contract, config);
  }

  @Override
  public Map<String, Handler<RoutingContext>> operations() {
    return Map.of(
        "console", console::page,
        "spec", docs::spec,
        "asyncApi", docs::asyncApi,
        "devManual", docs::manual);
  }

  @Override
  public List<String> paths() {
    return console.paths();
  }

  @Override
  public boolean hasFile(String path) {
    return DocsHandler.hasFile(path);
  }

  @Override
  public void mount(Router router) {
    docs.files(router);
    console.files(router);
  }

  @Override
  public void secure(RoutingContext context) {
    DocsHandler.secure(context);
    console.secure(context);
  }
}
