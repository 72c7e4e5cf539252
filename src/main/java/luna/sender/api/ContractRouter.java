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
import luna.sender.log.CauseText;
import luna.sender.metrics.InfluxPoints;
import luna.sender.metrics.Metrics;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Builds the router of one event loop. Binds each operation of the contract to its handler by
 * operation id.
 *
 * <p>Errors: {@link IllegalStateException} at startup if the contract and the handlers name
 * different operations. Otherwise a missing handler would only show as 503 when a user calls it.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ContractRouter {
  /**
   * How many explanations may wait per event loop, not counting those that are running or whose
   * body is being read.
   */
  private static final int MAX_WAITING_EXPLANATIONS = 8;

  /** The prefix of the contract's paths: the version of the API. */
  private static final String API_PREFIX = "/{api}";

  private static final String METRICS = "/metrics";

  /** Operations on an account, for which the client must be authorized. */
  private static final Set<String> ACCOUNT_OPERATIONS = Set.of("ws", "explain");

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

  /** The most recent scrape, or null. */
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

  /** Returns the paths of single files that are not in the contract. */
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
    Operation explainOperation = Objects.requireNonNull(contract.openApi().operation("explain"));
    WorkQueue explanations =
        new WorkQueue(
            vertx,
            admission,
            Limit.EXPLANATIONS,
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            MAX_WAITING_EXPLANATIONS);
    ExplainHandler explain =
        new ExplainHandler(
            vertx,
            metrics.guard(),
            config,
            contract.openApi(),
            handshake,
            explainOperation,
            explanations);
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
    protect(routes.getRoute("ws"));
    // Don't read the body before the client is authorized.
    routes.getRoute("explain").addHandler(RequestBodies::pause);
    protect(routes.getRoute("explain"));
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

  /** Lets every GET route answer HEAD too, without the body. */
  private static void answerHead(Router router) {
    for (Route route : router.getRoutes()) {
      if (route.methods() != null && route.methods().contains(HttpMethod.GET)) {
        route.method(HttpMethod.HEAD);
      }
    }
  }

  /**
   * Handles requests that no route matches. Vert.x routes only paths that begin with a slash, so
   * {@code OPTIONS *}, which addresses the whole server, arrives here.
   */
  private void notFound(RoutingContext context, ErrorHandler failures) {
    HttpServerRequest request = context.request();
    if (context.failure() == null
        && request.method() == HttpMethod.OPTIONS
        && request.uri().equals("*")) {
      RequestState.of(context);
      Responses.options(context.response(), resources.all());
    } else {
      failures.notFound(context);
    }
  }

  /**
   * Adds the handlers that enforce the handshake rate and check origin and token, before all
   * others.
   */
  private void protect(OpenAPIRoute route) {
    route.addHandler(new AdmissionHandler(admission, route.getOperation()));
    route.addHandler(
        new AccessHandler(new Origins(config.http()), keys == null ? null : new TokenCache(keys)));
  }

  /**
   * Starts every request: sets its id on the response, measures its time, counts it in the metrics,
   * and checks its head and method.
   */
  private void begin(RoutingContext context, RequestObserver observer) {
    long began = System.nanoTime();
    InfluxPoints points = metrics.points();
    long beganAt = points == null ? 0 : points.now();
    RequestState state = RequestState.of(context);
    pages.secure(context);
    observer.answering(context.request().connection());
    context.addEndHandler(
        ended -> {
          observer.requested(context.request().connection());
          Operation operation = state.operation();
          int status = context.response().getStatusCode();
          long nanos = System.nanoTime() - began;
          metrics.request(operation == null ? "none" : operation.getOperationId(), status, nanos);
          if (points != null) {
            points.request(
                route(operation), status, state.errorCode(), state.requestId(), beganAt, nanos);
          }
        });
    HttpServerRequest request = context.request();
    requireValidHead(request);
    closeIfAsked(request);
    Set<String> allowed = allowed(request);
    if (request.method() == HttpMethod.OPTIONS) {
      Responses.options(context.response(), allowed);
    } else if (allowed.contains(request.method().name())) {
      requireFewParameters(request.query());
      requireNoSecret(request.query());
      context.next();
    } else {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      throw new ApiException(ApiError.METHOD_NOT_ALLOWED);
    }
  }

  /** Rejects a query that costs more to parse than any valid one. */
  static void requireFewParameters(@Nullable String query) {
    if (QueryString.hasTooManyParameters(query)) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          "query: too many parameters (expected: at most %d)"
              .formatted(QueryString.MAX_PARAMETERS));
    }
  }

  /**
   * Rejects a query that contains a token, in every mode: proxies on the way would write it to
   * their logs.
   */
  static void requireNoSecret(@Nullable String query) {
    String secret = UrlSecrets.find(query);
    if (secret != null) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          secret
              + ": not shown (expected: no token in the URL; send it in Authorization: Bearer or in"
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

  /**
   * Closes the connection after the response if the client requests it. Vert.x only detects {@code
   * close} if it is the whole field (RFC 9112, section 9.6).
   */
  private static void closeIfAsked(HttpServerRequest request) {
    MultiMap headers = request.headers();
    if (!headers.contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true)
        && FieldValue.contains(FieldValue.list(headers.getAll(HttpHeaders.CONNECTION)), "close")) {
      Responses.closeAfter(request);
    }
  }

  /**
   * Returns the route as LUNA's services name it: method and path without the API version, such as
   * {@code GET:/ws}.
   */
  static String route(@Nullable Operation operation) {
    if (operation == null) {
      return "none";
    }
    String path = operation.getOpenAPIPath();
    return operation.getHttpMethod()
        + ":"
        + (path.startsWith(API_PREFIX) ? path.substring(API_PREFIX.length()) : path);
  }

  /**
   * Records a span for a handshake, whatever its outcome. The span has no URL and no headers, which
   * may contain secrets.
   */
  private void trace(RoutingContext context) {
    Traces.Handshake traced = traces.handshake(context.request().getHeader(Traces.PARENT));
    if (traced != null) {
      context.addEndHandler(
          ended ->
              traced.end(RequestState.of(context).requestId(), context.response().getStatusCode()));
    }
    context.next();
  }

  private static void requireValidHead(HttpServerRequest request) {
    String fault = RequestHead.fault(request.headers());
    if (fault != null) {
      throw new ApiException(ApiError.BAD_HEADER, fault);
    }
  }

  /**
   * Adds the contract's validator, which replaces the library's own, the selection of the account
   * if the operation needs one, and then the handler.
   */
  private void bind(OpenAPIRoute route, Handler<RoutingContext> handler) {
    Operation operation = route.getOperation();
    route.setDoValidation(false).addHandler(new ContractValidator(contract.openApi(), operation));
    if (ACCOUNT_OPERATIONS.contains(operation.getOperationId())) {
      route.addHandler(new AccountHandler());
    }
    route.addHandler(handler);
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
                    new ApiException(ApiError.UNHEALTHY, "redis: " + CauseText.of(failure))));
  }

  /** Redis responds, but without all subscriptions events are missing. */
  private void healthy(RoutingContext context, long nanos) {
    String fault = metrics.bridges().subscriptionFault();
    if (!fault.isEmpty()) {
      context.fail(
          new ApiException(ApiError.UNHEALTHY, "redis: not all subscriptions are up: " + fault));
    } else {
      json(context, HealthReport.of(nanos, metrics.gaps()));
    }
  }

  /** Concurrent requests share one scrape, so a flood of them costs only one. */
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
