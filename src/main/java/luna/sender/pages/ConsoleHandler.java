package luna.sender.pages;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.api.ApiError;
import luna.sender.api.ApiException;
import luna.sender.api.BuildVersion;
import luna.sender.api.Contract;
import luna.sender.api.Responses;
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.HttpSettings;
import luna.sender.headers.FieldValue;

/**
 * Operation {@code console}, and the files of its page.
 *
 * <p>Shape: files by their whole names, so that there is no path to climb; {@code contract.json} is
 * the contract, from which the page makes its form; {@code settings.json} is what the page cannot
 * know.
 *
 * <p>Errors: {@link ApiError#NOT_FOUND} where the console is turned off.
 *
 * <p>Owner: immutable, but for the answers that it gives.
 */
final class ConsoleHandler {
  private static final String FOLDER = "luna/sender/console/";
  private static final String FILES = "/console/";
  private static final String PAGE = "index.html";
  private static final String CONTRACT = "contract.json";
  private static final String SETTINGS = "settings.json";

  /** Every file of the folder but the page; a test holds it against the folder. */
  static final List<String> NAMES =
      List.of(
          "card.js",
          "chips.js",
          "connection.js",
          "console.css",
          "contract.js",
          "dialogs.js",
          "dom.js",
          "event.js",
          "feed.js",
          "form.js",
          "icon.svg",
          "inspector.js",
          "interruptions.js",
          "json.js",
          "main.js",
          "meter.js",
          "query.js",
          "range.js",
          "reconnect.js",
          "snippets.js",
          "spark.js",
          "status.js",
          "tabs.js",
          "tape.js",
          "theme.js",
          "toggles.js");

  /** No inline code or style, no other host: an event's text can never become code. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final boolean enabled;
  private final Buffer contract;
  private final Buffer settings;
  private final Buffer page = read(PAGE);
  private final String pageTag = tag(page);

  ConsoleHandler(Contract contract, Config config) {
    HttpSettings http = config.http();
    this.enabled = http.console();
    this.contract = contract.json();
    this.settings =
        new JsonObject()
            .put("account", http.consoleAccount().isEmpty() ? null : http.consoleAccount())
            .put("tokens", config.auth().mode() == AuthSettings.Mode.JWT)
            .put("version", BuildVersion.read().text())
            .toBuffer();
  }

  /** The paths of the page and its files, none where the console is turned off. */
  List<String> paths() {
    if (!enabled) {
      return List.of();
    }
    return Stream.concat(NAMES.stream(), Stream.of(CONTRACT, SETTINGS)).map(FILES::concat).toList();
  }

  /** Mounts the files; the page itself is mounted by the contract. */
  void files(Router router) {
    if (enabled) {
      NAMES.forEach(name -> mount(router, name, read(name)));
      mount(router, CONTRACT, contract);
      mount(router, SETTINGS, settings);
    }
  }

  private static void mount(Router router, String name, Buffer content) {
    String tag = tag(content);
    router.get(FILES + name).handler(context -> send(context, type(name), tag, content));
  }

  void page(RoutingContext context) {
    if (!enabled) {
      throw new ApiException(ApiError.NOT_FOUND);
    }
    send(context, type(PAGE), pageTag, page);
  }

  /** What is kept is asked for again each time: the names have no version in them. */
  private static void send(RoutingContext context, String type, String tag, Buffer content) {
    HttpServerResponse response =
        context
            .response()
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader(HttpHeaders.ETAG, tag);
    if (isKnown(tag, context.request().headers().getAll(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatusCode(304).end();
    } else {
      Responses.end(response.putHeader(HttpHeaders.CONTENT_TYPE, type), content);
    }
  }

  /** Whether the client has this version: a list, compared weakly (RFC 9110, 13.1.2). */
  private static boolean isKnown(String tag, List<String> ifNoneMatch) {
    List<String> tags = FieldValue.list(ifNoneMatch);
    return tags != null
        && tags.stream()
            .anyMatch(each -> each.equals("*") || each.equals(tag) || each.equals("W/" + tag));
  }

  /** Whatever comes of a request for the page or one of its files. */
  static void secure(RoutingContext context) {
    String path = context.request().path();
    if (path != null && (path.equals("/") || path.startsWith(FILES))) {
      context
          .response()
          .putHeader("Content-Security-Policy", POLICY)
          .putHeader("X-Frame-Options", "DENY")
          .putHeader("Referrer-Policy", "no-referrer")
          .putHeader("Cross-Origin-Resource-Policy", "same-origin")
          .putHeader(Responses.NOSNIFF, "nosniff");
    }
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "application/json";
    };
  }

  private static String tag(Buffer content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
      return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256: none (expected: in every JVM)", impossible);
    }
  }

  private static Buffer read(String name) {
    try (InputStream in =
        ConsoleHandler.class.getClassLoader().getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException(
            FOLDER + name + ": not packed (expected: on the class path)");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
