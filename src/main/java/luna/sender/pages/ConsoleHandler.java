package luna.sender.pages;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
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
import luna.sender.config.PackagedFile;
import luna.sender.headers.FieldValue;

/**
 * Serves operation {@code console}: the page and its files.
 *
 * <p>Shape: serves the files that the jar contains when it starts, each at its own route, so path
 * traversal is impossible. The page builds its form from {@code contract.json}, the contract, and
 * reads the node's settings from {@code settings.json}.
 *
 * <p>Errors: {@link ApiError#NOT_FOUND} if the console is disabled.
 *
 * <p>Why not Vert.x's {@code StaticHandler}: it sends no {@code ETag}, so browsers would load all
 * files each time.
 */
final class ConsoleHandler {
  private static final String FOLDER = "luna/sender/console/";
  private static final String FILES = "/console/";
  private static final String PAGE = "index.html";
  private static final String CONTRACT = "contract.json";
  private static final String SETTINGS = "settings.json";

  /** The files of the folder except the page. */
  private static final List<String> NAMES =
      PackagedFile.names(FOLDER).stream().filter(name -> !name.equals(PAGE)).toList();

  /** Allows no inline code or style and no other host, so text in an event is never executed. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self'";

  private final boolean enabled;
  private final String policy;
  private final Buffer contract;
  private final Buffer settings;
  private final Buffer page = read(PAGE);
  private final String pageTag = tag(page);

  ConsoleHandler(Contract contract, Config config) {
    HttpSettings http = config.http();
    this.enabled = http.console();
    this.policy = policy(http.sampleUrl());
    this.contract = contract.json();
    this.settings =
        new JsonObject()
            .put("account", http.consoleAccount().isEmpty() ? null : http.consoleAccount())
            .put("tokens", config.auth().mode() == AuthSettings.Mode.JWT)
            .put("history", config.history().enabled())
            .put("publish", http.consolePublish())
            .put("sample_url", http.sampleUrl())
            .put("version", BuildVersion.read().text())
            .toBuffer();
  }

  /** Returns the policy, which allows pictures of the host of {@code SAMPLE_URL} too. */
  private static String policy(String sampleUrl) {
    return sampleUrl.isEmpty()
        ? POLICY
        : POLICY + " " + sampleUrl.substring(0, sampleUrl.indexOf('/', "https://".length()));
  }

  /** Returns the paths of the files, or an empty list if the console is disabled. */
  List<String> paths() {
    if (!enabled) {
      return List.of();
    }
    return Stream.concat(NAMES.stream(), Stream.of(CONTRACT, SETTINGS)).map(FILES::concat).toList();
  }

  /** Mounts the files. The page itself is an operation of the contract. */
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

  /** Sends a file. Browsers revalidate it each time, because its name has no version. */
  private static void send(RoutingContext context, String type, String tag, Buffer content) {
    HttpServerResponse response =
        context
            .response()
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader(HttpHeaders.ETAG, tag);
    if (isKnown(tag, context.request().headers().getAll(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader(HttpHeaders.CONTENT_TYPE, type);
      Responses.end(context.request(), content);
    }
  }

  /**
   * Returns whether the client has this version. The header is a list of tags with weak comparison
   * (RFC 9110, section 13.1.2).
   */
  private static boolean isKnown(String tag, List<String> ifNoneMatch) {
    List<String> tags = FieldValue.list(ifNoneMatch);
    return tags != null
        && tags.stream()
            .anyMatch(each -> each.equals("*") || each.equals(tag) || each.equals("W/" + tag));
  }

  /** Sets the security headers for the page and its files, errors included. */
  void secure(RoutingContext context) {
    String path = context.request().path();
    if (path != null && (path.equals("/") || path.startsWith(FILES))) {
      context
          .response()
          .putHeader("Content-Security-Policy", policy)
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
      case "json" -> "application/json";
      default -> "application/octet-stream";
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
    return Buffer.buffer(PackagedFile.read(FOLDER + name));
  }
}
