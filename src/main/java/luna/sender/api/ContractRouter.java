package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import luna.sender.admission.Admission;
import luna.sender.admission.Limit;
import luna.sender.admission.WorkQueue;
import luna.sender.auth.KeySource;
import luna.sender.auth.Origins;
import luna.sender.auth.TokenCache;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.headers.FieldValue;
import luna.sender.metrics.InfluxPoints;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * The router of one event loop: an operation of the contract, a handler of ours, bound by name.
 *
 * <p>Errors: {@link IllegalStateException} at the start if the contract and the handlers name
 * different operations; an unbound one would answer 503 only when a user comes by it.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ContractRouter {
  /** Of each event loop; those that are made and those that are read come on top. */
  private static final int EXPLANATIONS_WAITING = 8;

  /** The API's number, as the contract's paths begin. */
  private static final String NUMBER = "/{api}";

  private static final String METRICS = "/metrics";

  private final Vertx vertx;
  private final Config config;
  private final Contract contract;
  private final Admission admission;
  private final Metrics metrics;
  private final Traces traces;
  private final @Nullable KeySource keys;
  private final Pages pages;
  private final Resources resources;
  private final JsonObject version = BuildVersion.read().json();

  /** The last scrape; null for none. */
  private @Nullable Future<String> scraping;

  public ContractRouter(
      Vertx vertx,
      Config config,
      Contract contract,
      Admission admission,
      Metrics metrics,
      Traces traces,
      @Nullable KeySource keys,
      Pages pages) {
    this.vertx = vertx;
    this.config = config;
    this.contract = contract;
    this.admission = admission;
    this.metrics = metrics;
    this.traces = traces;
    this.keys = keys;
    this.pages = pages;
    this.resources = new Resources(contract.openApi(), files(), pages);
  }

  /** The paths of single files, which the contract does not describe. */
  private List<String> files() {
    List<String> files = new ArrayList<>(pages.paths());
    if (config.metrics().enabled()) {
      files.add(METRICS);
    }
    return files;
  }

  public Router create(
      WsHandler ws, Probes probes, ErrorHandler failures, RequestObserver observer) {
    Operation handshake = Objects.requireNonNull(contract.openApi().operation("ws"));
    Operation question = Objects.requireNonNull(contract.openApi().operation("explain"));
    WorkQueue explanations =
        new WorkQueue(
            vertx,
            admission,
            Limit.EXPLANATIONS,
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            EXPLANATIONS_WAITING);
    ExplainHandler explain =
        new ExplainHandler(
            vertx, metrics.guard(), config, contract.openApi(), handshake, question, explanations);
    Map<String, Handler<RoutingContext>> handlers = new HashMap<>(pages.operations());
    handlers.put("ws", ws);
    handlers.put("explain", explain);
    handlers.put("version", this::version);
    handlers.put("config", this::config);
    handlers.put("healthcheck", this::healthcheck);
    handlers.put("livez", probes::livez);
    handlers.put("readyz", probes::readyz);
    requireSame(
        contract.openApi().operations().stream()
            .map(Operation::getOperationId)
            .collect(Collectors.toSet()),
        handlers.keySet());
    RouterBuilder routes = RouterBuilder.create(vertx, contract.openApi());
    routes.rootHandler(context -> begin(context, observer));
    if (traces.enabled()) {
      routes.getRoute("ws").addHandler(this::trace);
    }
    guard(routes.getRoute("ws"));
    // Its body is read when it is known who asks, and not before.
    routes.getRoute("explain").addHandler(RequestBodies::hold);
    guard(routes.getRoute("explain"));
    handlers.forEach((operation, handler) -> bind(routes.getRoute(operation), handler));
    Router router = routes.createRouter();
    pages.mount(router);
    if (config.metrics().enabled()) {
      router.get(METRICS).handler(this::metrics);
    }
    answerHead(router);
    failures.handle(router);
    router.errorHandler(404, context -> notFound(context, failures));
    return router;
  }

  /** What GET answers, HEAD answers without the body. */
  private static void answerHead(Router router) {
    for (Route route : router.getRoutes()) {
      if (route.methods() != null && route.methods().contains(HttpMethod.GET)) {
        route.method(HttpMethod.HEAD);
      }
    }
  }

  /** Vert.x routes nothing that does not begin with a slash, and {@code *} is the server itself. */
  private void notFound(RoutingContext context, ErrorHandler failures) {
    HttpServerRequest request = context.request();
    if (context.failure() == null
        && request.method() == HttpMethod.OPTIONS
        && request.uri().equals("*")) {
      RequestIds.of(context);
      Responses.options(context.response(), resources.all());
    } else {
      failures.notFound(context);
    }
  }

  /** Who comes too often and who may not see an account is turned away before all else. */
  private void guard(OpenAPIRoute route) {
    route.addHandler(new AdmissionHandler(admission, route.getOperation()));
    route.addHandler(
        new AccessHandler(
            route.getOperation(),
            new Origins(config.http()),
            keys == null ? null : new TokenCache(keys)));
  }

  /** What every request has: an id on its answer, time for it, and a place in the metrics. */
  private void begin(RoutingContext context, RequestObserver observer) {
    long began = System.nanoTime();
    InfluxPoints points = metrics.points();
    long beganAt = points == null ? 0 : points.now();
    String requestId = RequestIds.of(context);
    pages.secure(context);
    observer.answering(context.request().connection());
    context.addEndHandler(
        ended -> {
          observer.requested(context.request().connection());
          Operation operation = context.get(ContractValidator.OPERATION);
          int status = context.response().getStatusCode();
          long nanos = System.nanoTime() - began;
          metrics.request(operation == null ? "none" : operation.getOperationId(), status, nanos);
          if (points != null) {
            int code = ErrorHandler.code(context);
            points.request(route(operation), status, code, requestId, beganAt, nanos);
          }
        });
    HttpServerRequest request = context.request();
    requireClearHead(request);
    closeIfAsked(request);
    Set<String> allowed = allowed(request);
    if (request.method() == HttpMethod.OPTIONS) {
      Responses.options(context.response(), allowed);
    } else if (allowed.contains(request.method().name())) {
      requireNoSecret(request.query());
      context.next();
    } else {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      throw new ApiException(ApiError.METHOD_NOT_ALLOWED);
    }
  }

  /** In every mode: whoever sends a token would have it in the logs of all that stands between. */
  static void requireNoSecret(@Nullable String query) {
    String secret = UrlSecrets.find(query);
    if (secret != null) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          secret
              + ": not shown (expected: no token in the URL, but in Authorization: Bearer or in"
              + " Sec-WebSocket-Protocol)");
    }
  }

  private Set<String> allowed(HttpServerRequest request) {
    String path = Resources.path(request.uri());
    Set<String> allowed = path == null ? null : resources.allowed(path);
    if (allowed == null) {
      throw path != null && QueryString.decode(path) == null
          ? new ApiException(ApiError.BAD_HEADER, "the path is not percent-encoded UTF-8")
          : new ApiException(ApiError.NOT_FOUND);
    }
    return allowed;
  }

  /** Vert.x sees a {@code close} only where it is the whole field (RFC 9112, 9.6). */
  private static void closeIfAsked(HttpServerRequest request) {
    MultiMap headers = request.headers();
    if (!headers.contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true)
        && FieldValue.contains(FieldValue.list(headers.getAll(HttpHeaders.CONNECTION)), "close")) {
      Responses.closeAfter(request);
    }
  }

  /** As LUNA's services name it, method and path without the API's number: GET:/ws. */
  static String route(@Nullable Operation operation) {
    if (operation == null) {
      return "none";
    }
    String path = operation.getOpenAPIPath();
    return operation.getHttpMethod()
        + ":"
        + (path.startsWith(NUMBER) ? path.substring(NUMBER.length()) : path);
  }

  /** A handshake's time, whatever comes of it; its URL and its headers may hold secrets. */
  private void trace(RoutingContext context) {
    Traces.Handshake traced = traces.handshake(context.request().getHeader(Traces.PARENT));
    if (traced != null) {
      context.addEndHandler(
          ended -> traced.end(RequestIds.of(context), context.response().getStatusCode()));
    }
    context.next();
  }

  private static void requireClearHead(HttpServerRequest request) {
    String fault = RequestHead.fault(request.headers());
    if (fault != null) {
      throw new ApiException(ApiError.BAD_HEADER, fault);
    }
  }

  /** The contract's validator comes first, in place of the library's own. */
  private void bind(OpenAPIRoute route, Handler<RoutingContext> handler) {
    route
        .setDoValidation(false)
        .addHandler(new ContractValidator(contract.openApi(), route.getOperation()))
        .addHandler(handler);
  }

  static void requireSame(Set<String> declared, Set<String> bound) {
    if (!declared.equals(bound)) {
      throw new IllegalStateException(
          "handlers: " + new TreeSet<>(bound) + " (expected: " + new TreeSet<>(declared) + ")");
    }
  }

  private void version(RoutingContext context) {
    json(context, version);
  }

  private void config(RoutingContext context) {
    String form = ContentNegotiation.choose(context, "application/json", "text/plain");
    context
        .response()
        .putHeader(HttpHeaders.VARY, "accept")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (form.equals("text/plain")) {
      context
          .response()
          .putHeader(Responses.NOSNIFF, "nosniff")
          .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
      Responses.end(context.response(), Buffer.buffer(config.toText()));
    } else {
      json(context, new JsonObject(config.masked()));
    }
  }

  private void healthcheck(RoutingContext context) {
    DeliveryOptions local =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().toMillis() + 1000);
    vertx
        .eventBus()
        .<Long>request(BusAddresses.HEALTH, null, local)
        .onSuccess(nanos -> healthy(context, nanos.body()))
        .onFailure(
            failure ->
                context.fail(
                    new ApiException(ApiError.UNHEALTHY, "redis: " + failure.getMessage())));
  }

  /** Redis answers; but without its subscriptions there are no events. */
  private void healthy(RoutingContext context, long nanos) {
    String fault = metrics.bridges().subscriptionFault();
    if (!fault.isEmpty()) {
      context.fail(
          new ApiException(ApiError.UNHEALTHY, "redis: not all subscriptions are up: " + fault));
    } else {
      json(context, HealthReport.of(nanos, metrics.gaps()));
    }
  }

  /** All who ask at the same time get the same text, so that a flood of them is one scrape. */
  private void metrics(RoutingContext context) {
    Future<String> scrape = scraping;
    if (scrape == null || scrape.isComplete()) {
      scrape = vertx.executeBlocking(metrics::scrape, false);
      scraping = scrape;
    }
    scrape
        .onSuccess(
            text ->
                Responses.end(
                    context
                        .response()
                        .putHeader(Responses.NOSNIFF, "nosniff")
                        .putHeader(
                            HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
                    Buffer.buffer(text)))
        .onFailure(context::fail);
  }

  private static void json(RoutingContext context, JsonObject body) {
    Responses.end(
        context
            .response()
            .putHeader(Responses.NOSNIFF, "nosniff")
            .putHeader(HttpHeaders.CONTENT_TYPE, "application/json"),
        body.toBuffer());
  }
}
