package luna.sender.pages;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import luna.sender.api.BuildVersion;
import luna.sender.api.ContentNegotiation;
import luna.sender.api.Contract;
import luna.sender.api.Responses;
import luna.sender.config.PackagedFile;
import org.jspecify.annotations.Nullable;

/**
 * Serves the operations {@code spec}, {@code asyncApi} and {@code devManual}, and the files of the
 * API page and the manual.
 *
 * <p>Shape: serves the contract byte for byte, or as an HTML page. Both pages work without other
 * hosts. {@code src/build/AsyncApi.java} generates the AsyncAPI document from the contract.
 *
 * <p>Owner: thread-safe.
 */
final class DocsHandler {
  /** The folder of the manual. */
  private static final String MANUAL = "/docs/dev/";

  /** Class path folders by the path under which their files are served. */
  private static final Map<String, String> FOLDERS =
      Map.of(
          "/docs/spec/ui/",
          "META-INF/resources/webjars/swagger-ui/" + BuildVersion.swaggerUi(),
          "/docs/spec/page/",
          "luna/sender/spec",
          MANUAL,
          "docs/dev");

  /** The icon of the console, which is also served where the console is disabled. */
  private static final String ICON = "/docs/icon.svg";

  /** Allows inline styles and data images, which Swagger UI uses. */
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
          + " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Contract contract;
  private final Buffer page;
  private final Buffer asyncApi;

  DocsHandler(Contract contract) {
    this.contract = contract;
    this.page = Buffer.buffer(PackagedFile.read("luna/sender/spec/index.html"));
    this.asyncApi = Buffer.buffer(PackagedFile.read("docs/asyncapi.yaml"));
  }

  /** Mounts the files. The pages themselves are operations of the contract. */
  void files(Router router) {
    for (String path : FOLDERS.keySet()) {
      router.get(path + "*").handler(DocsHandler::file);
    }
    router.get(ICON).handler(DocsHandler::file);
  }

  private static void file(RoutingContext context) {
    String name = name(context.request().path());
    if (name == null) {
      context.next();
    } else {
      PageFile.send(context, name);
    }
  }

  /** Returns whether the path is a file, not a folder. */
  static boolean hasFile(String path) {
    return name(path) != null;
  }

  /** Returns the name on the class path of the file at this path, or null if there is none. */
  private static @Nullable String name(String path) {
    if (path.equals(ICON)) {
      return "luna/sender/console/icon.svg";
    }
    for (Map.Entry<String, String> folder : FOLDERS.entrySet()) {
      if (path.startsWith(folder.getKey()) && path.indexOf('.', path.lastIndexOf('/')) >= 0) {
        String name = folder.getValue() + "/" + path.substring(folder.getKey().length());
        return PackagedFile.exists(name) ? name : null;
      }
    }
    return null;
  }

  void spec(RoutingContext context) {
    String type = ContentNegotiation.choose(context, "application/x-yaml", "text/html");
    context.response().putHeader(HttpHeaders.VARY, "accept");
    if (type.equals("text/html")) {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8");
      Responses.end(context.request(), page);
    } else {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, type);
      Responses.end(context.request(), contract.yaml());
    }
  }

  void asyncApi(RoutingContext context) {
    String type = ContentNegotiation.choose(context, "application/x-yaml");
    context
        .response()
        .putHeader(HttpHeaders.VARY, "accept")
        .putHeader(HttpHeaders.CONTENT_TYPE, type);
    Responses.end(context.request(), asyncApi);
  }

  void manual(RoutingContext context) {
    context.response().setStatusCode(302).putHeader("Location", MANUAL + "index.html");
    Responses.end(context.request(), Buffer.buffer());
  }

  /** Sets the security headers for pages, including redirects and errors. */
  static void secure(RoutingContext context) {
    String path = path(context);
    if (path.startsWith("/docs")) {
      context
          .response()
          .putHeader(
              "Content-Security-Policy",
              path.startsWith("/docs/dev") ? ConsoleHandler.POLICY : POLICY)
          .putHeader("X-Frame-Options", "DENY")
          .putHeader("Referrer-Policy", "no-referrer")
          .putHeader(Responses.NOSNIFF, "nosniff");
    }
  }

  private static String path(RoutingContext context) {
    try {
      return context.normalizedPath();
    } catch (IllegalArgumentException unreadable) {
      return "";
    }
  }
}
