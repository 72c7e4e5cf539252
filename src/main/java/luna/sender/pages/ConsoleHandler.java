package luna.sender.pages;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
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

/**
 * Serves operation {@code console}: the page and its files.
 *
 * <p>Shape: serves the files that the jar contains when it starts, each at its own route, so path
 * traversal is impossible. The page builds its form from {@code contract.json}, the contract, and
 * reads the node's settings from {@code settings.json}.
 *
 * <p>Errors: {@link ApiError#NOT_FOUND} if the console is disabled.
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
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self'";

  private final boolean enabled;
  private final String policy;
  private final PageFile contract;
  private final PageFile settings;

  ConsoleHandler(Contract contract, Config config) {
    HttpSettings http = config.http();
    this.enabled = http.console();
    this.policy = policy(http.sampleUrl());
    this.contract = PageFile.of(CONTRACT, contract.json());
    this.settings =
        PageFile.of(
            SETTINGS,
            new JsonObject()
                .put("account", http.consoleAccount().isEmpty() ? null : http.consoleAccount())
                .put("tokens", config.auth().mode() == AuthSettings.Mode.JWT)
                .put("history", config.history().enabled())
                .put("publish", http.consolePublish())
                .put("sample_url", http.sampleUrl())
                .put("version", BuildVersion.read().text())
                .toBuffer());
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
      NAMES.forEach(
          name ->
              router.get(FILES + name).handler(context -> PageFile.send(context, FOLDER + name)));
      router.get(FILES + CONTRACT).handler(contract::send);
      router.get(FILES + SETTINGS).handler(settings::send);
    }
  }

  void page(RoutingContext context) {
    if (!enabled) {
      throw new ApiException(ApiError.NOT_FOUND);
    }
    PageFile.send(context, FOLDER + PAGE);
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
}
