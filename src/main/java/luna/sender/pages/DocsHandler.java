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
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import luna.sender.api.BuildVersion;
import luna.sender.api.ContentNegotiation;
import luna.sender.api.Contract;
import luna.sender.api.Responses;

/**
 * Operations {@code spec}, {@code asyncApi} and {@code devManual}, and the files of both pages.
 *
 * <p>Shape: the contract byte for byte, or a page for people; neither page needs another host. The
 * AsyncAPI document is made of the contract by {@code src/build/AsyncApi.java}.
 *
 * <p>Owner: thread-safe.
 */
final class DocsHandler {
  /** The header that keeps a browser from taking an answer for another kind than it is. */
  private static final String MANUAL = "/docs/dev/";

  /** By path, the folder of the class path whose files are served under it. */
  private static final Map<String, String> FOLDERS =
      Map.of(
          "/docs/spec/ui/",
          "META-INF/resources/webjars/swagger-ui/" + BuildVersion.swaggerUi(),
          "/docs/spec/page/",
          "luna/sender/spec",
          MANUAL,
          "docs/dev");

  /** Swagger UI sets styles on elements and draws its icons as data. */
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
          + " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Contract contract;
  private final Buffer page;
  private final Buffer asyncApi;

  DocsHandler(Contract contract) {
    this.contract = contract;
    this.page = read("luna/sender/spec/index.html");
    this.asyncApi = read("docs/asyncapi.yaml");
  }

  /** Mounts the files; the two operations are mounted by the contract. */
  void files(Router router) {
    // The folder has a page of its own, which asks another host.
    FOLDERS.forEach(
        (path, folder) ->
            router.get(path + "*").handler(DocsHandler::wholeFile).handler(folder(folder)));
  }

  /**
   * Serves whole files: Vert.x answers a range that does not fit by an error of its own form. It
   * also leaves the type out of an answer to HEAD.
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

  /** Whether the path is one of a file, and not of a folder. */
  boolean hasFile(String path) {
    for (Map.Entry<String, String> folder : FOLDERS.entrySet()) {
      if (path.startsWith(folder.getKey())) {
        String name = folder.getValue() + "/" + path.substring(folder.getKey().length());
        return path.indexOf('.', path.lastIndexOf('/')) >= 0
            && DocsHandler.class.getClassLoader().getResource(name) != null;
      }
    }
    return false;
  }

  private static StaticHandler folder(String classPathFolder) {
    return StaticHandler.create(classPathFolder)
        .setIncludeHidden(false)
        // The names have no version in them, so what is cached would outlive an upgrade.
        .setCachingEnabled(false);
  }

  void spec(RoutingContext context) {
    String type = ContentNegotiation.choose(context, "application/x-yaml", "text/html");
    context.response().putHeader(HttpHeaders.VARY, "accept");
    if (type.equals("text/html")) {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8");
      Responses.end(context.response(), page);
    } else {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, type);
      Responses.end(context.response(), contract.yaml());
    }
  }

  void asyncApi(RoutingContext context) {
    String type = ContentNegotiation.choose(context, "application/x-yaml");
    context
        .response()
        .putHeader(HttpHeaders.VARY, "accept")
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        .end(asyncApi);
  }

  void manual(RoutingContext context) {
    context.response().setStatusCode(302).putHeader("Location", MANUAL + "index.html");
    Responses.end(context.response(), Buffer.buffer());
  }

  /** Whatever comes of a request for a page: a page, the way to one, or an error. */
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

  private static Buffer read(String resource) {
    try (InputStream in = DocsHandler.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + ": not packed (expected: on the class path)");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
