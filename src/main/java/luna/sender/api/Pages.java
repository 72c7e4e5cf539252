package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** The pages and files that are served beside the API: documentation and console. */
public interface Pages {
  /** The handlers of the contract's operations that answer with a page, by operation id. */
  Map<String, Handler<RoutingContext>> operations();

  /** The paths of single files that are not in the contract. */
  List<String> paths();

  /** Whether a path below a mounted folder is that of a file. */
  boolean hasFile(String path);

  /** Mounts the files. */
  void mount(Router router);

  /** Sets the security headers that responses at this path have, errors included. */
  void secure(RoutingContext context);
}
