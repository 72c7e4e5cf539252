package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Operations {@code spec} and {@code devManual}, and the files of both pages.
 *
 * <p>Shape: the contract byte for byte, or a page for people; neither page needs another host.
 *
 * <p>Owner: thread-safe.
 */
final class DocsHandler {
  /** The header that keeps a browser from taking an answer for another kind than it is. */
  static final String NOSNIFF = "X-Content-Type-Options";

  private static final String MANUAL = "/docs/dev/";
  private static final String SWAGGER = "META-INF/resources/webjars/swagger-ui/";

  /** Swagger UI sets styles on elements and draws its icons as data. */
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
          + " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Contract contract;
  private final Buffer page;

  DocsHandler(Contract contract) {
    this.contract = contract;
    this.page = read("luna/sender/spec/index.html");
  }

  /** Mounts the files; the two operations are mounted by the contract. */
  void files(Router router) {
    // The folder has a page of its own, which asks another host.
    router.get("/docs/spec/ui/*").handler(folder(SWAGGER + Version.swaggerUi()));
    router.get("/docs/spec/page/*").handler(folder("luna/sender/spec"));
    router.get(MANUAL + "*").handler(folder("docs/dev"));
  }

  private static StaticHandler folder(String classPathFolder) {
    return StaticHandler.create(classPathFolder)
        .setIncludeHidden(false)
        // The names have no version in them, so what is cached would outlive an upgrade.
        .setCachingEnabled(false);
  }

  void spec(RoutingContext context) {
    String type = Negotiation.choose(context, "application/x-yaml", "text/html");
    context.response().putHeader(HttpHeaders.VARY, "accept");
    if (type.equals("text/html")) {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8").end(page);
    } else {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, type).end(contract.yaml());
    }
  }

  void manual(RoutingContext context) {
    context.response().setStatusCode(302).putHeader("Location", MANUAL + "index.html").end();
  }

  /** Whatever comes of a request for a page: a page, the way to one, or an error. */
  static void secure(RoutingContext context) {
    if (isPage(context)) {
      context
          .response()
          .putHeader("Content-Security-Policy", POLICY)
          .putHeader("X-Frame-Options", "DENY")
          .putHeader("Referrer-Policy", "no-referrer")
          .putHeader(NOSNIFF, "nosniff");
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
