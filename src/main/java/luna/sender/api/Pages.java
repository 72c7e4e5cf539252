package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** The pages and files that are served beside the API: documentation and console. */
public interface Pages {
  /** Returns the handlers of the contract's operations that serve pages, by operation id. */
  Map<String, Handler<RoutingContext>> operations();

  /** Returns the paths of single files that are not in the contract. */
  List<String> paths();

  /** Returns whether a path in a mounted folder is a file. */
  boolean hasFile(String path);

  /** Mounts the files. */
  void mount(Router router);

  /** Sets the security headers for responses at this path, errors included. */
  void secure(RoutingContext context);
}
