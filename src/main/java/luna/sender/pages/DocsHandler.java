package luna.sender.pages;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.MimeMapping;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.util.Map;
import luna.sender.api.BuildVersion;
import luna.sender.api.ContentNegotiation;
import luna.sender.api.Contract;
import luna.sender.api.Responses;
import luna.sender.config.PackagedFile;

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
    // Swagger UI's own index page contacts another host, so only files are served.
    FOLDERS.forEach(
        (path, folder) ->
            router.get(path + "*").handler(DocsHandler::wholeFile).handler(folder(folder)));
  }

  /**
   * Ignores {@code Range}, because Vert.x responds to an invalid range with an error that is not in
   * our format. Also sets the content type for HEAD, which Vert.x omits.
   */
  private static void wholeFile(RoutingContext context) {
    HttpServerRequest request = context.request();
    request.headers().remove("Range");
    HttpServerResponse response = context.response();
    context.addHeadersEndHandler(end -> response.headers().remove("Accept-Ranges"));
    String type = MimeMapping.mimeTypeForFilename(request.path());
    if (request.method() == HttpMethod.HEAD && type != null) {
      String charset = type.startsWith("text") ? ";charset=UTF-8" : "";
      response.putHeader(HttpHeaders.CONTENT_TYPE, type + charset);
    }
    context.next();
  }

  /** Returns whether the path is a file, not a folder. */
  boolean hasFile(String path) {
    for (Map.Entry<String, String> folder : FOLDERS.entrySet()) {
      if (path.startsWith(folder.getKey())) {
        String name = folder.getValue() + "/" + path.substring(folder.getKey().length());
        return path.indexOf('.', path.lastIndexOf('/')) >= 0 && PackagedFile.exists(name);
      }
    }
    return false;
  }

  private static StaticHandler folder(String classPathFolder) {
    return StaticHandler.create(classPathFolder)
        .setIncludeHidden(false)
        // The names have no version, so a cached file would outlive an upgrade.
        .setCachingEnabled(false);
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
    if (isPage(context)) {
      context
          .response()
          .putHeader("Content-Security-Policy", POLICY)
          .putHeader("X-Frame-Options", "DENY")
          .putHeader("Referrer-Policy", "no-referrer")
          .putHeader(Responses.NOSNIFF, "nosniff");
    }
  }

  private static boolean isPage(RoutingContext context) {
    try {
      return context.normalizedPath().startsWith("/docs");
    } catch (IllegalArgumentException unreadable) {
      return false;
    }
  }
}
