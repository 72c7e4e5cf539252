package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import luna.sender.admission.Admission;
import luna.sender.admission.Limit;
import luna.sender.admission.WorkQueue;
import luna.sender.auth.KeySource;
import luna.sender.auth.OperatorTokens;
import luna.sender.auth.Origins;
import luna.sender.auth.TokenAuthenticator;
import luna.sender.config.Config;
import luna.sender.metrics.Metrics;
import luna.sender.socket.Connections;
import luna.sender.trace.Traces;
import org.jspecify.annotations.Nullable;

/**
 * Builds the router of one event loop. Binds each operation of the contract to its handler by
 * operation id. It also serves paths that are not part of the contract: {@code /metrics}, and the
 * files of {@link Pages}.
 *
 * <p>Errors: {@link IllegalStateException} at startup if the contract and the handlers name
 * different operations. Otherwise a missing handler would only show as 503 when a user calls it.
 *
 * <p>Owner: confined to its event loop.
 */
public final class ContractRouter {
  /**
   * How many bodies may wait to be checked per event loop, not counting those that are being
   * checked or read.
   */
  private static final int MAX_WAITING_BODIES = 8;

  /** Operations on an account, for which the client must be authorized. */
  private static final Set<String> ACCOUNT_OPERATIONS =
      Set.of("ws", "events", "explain", "publish");

  /** Operations whose body is read by {@link RequestBodies}. */
  private static final List<String> BODY_OPERATIONS = List.of("explain", "publish");

  /** Operations whose requests can open a session. */
  private static final List<String> STREAM_OPERATIONS = List.of("ws", "events");

  /** The operations of operators, and whether they close connections. */
  private static final Map<String, Boolean> OPERATOR_OPERATIONS =
      Map.of(
          "connections",
          false,
          "accounts",
          false,
          "closeConnection",
          true,
          "closeAccountConnections",
          true,
          "log",
          false);

  private final Vertx vertx;
  private final Config config;
  private final Contract contract;
  private final Admission admission;
  private final Metrics metrics;
  private final Traces traces;
  private final @Nullable KeySource keys;
  private final Connections connections;
  private final @Nullable OperatorTokens operators;
  private final Pages pages;
  private final PathTable resources;

  public ContractRouter(
      Vertx vertx,
      Config config,
      Contract contract,
      Admission admission,
      Metrics metrics,
      Traces traces,
      @Nullable KeySource keys,
      Connections connections,
      @Nullable OperatorTokens operators,
      Pages pages) {
    this.vertx = vertx;
    this.config = config;
    this.contract = contract;
    this.admission = admission;
    this.metrics = metrics;
    this.traces = traces;
    this.keys = keys;
    this.connections = connections;
    this.operators = operators;
    this.pages = pages;
    this.resources = new PathTable(contract.openApi(), hidden(), files(), pages);
  }

  /** Returns the operations that do not exist with this configuration. */
  private Set<String> hidden() {
    Set<String> hidden = new HashSet<>();
    if (operators == null) {
      hidden.addAll(OPERATOR_OPERATIONS.keySet());
    }
    if (!config.http().consolePublish()) {
      hidden.add("publish");
    }
    return hidden;
  }

  /** Returns the paths of single files that are not in the contract. */
  private List<String> files() {
    List<String> files = new ArrayList<>(pages.paths());
    if (config.metrics().enabled()) {
      files.add(MetricsHandler.PATH);
    }
    return files;
  }

  public Router create(
      Streams streams,
      WsHandler ws,
      EventsHandler events,
      ProbeHandler probes,
      ErrorHandler failures,
      RequestObserver observer) {
    Map<String, Handler<RoutingContext>> handlers = handlers(ws, events, probes);
    requireSame(
        contract.openApi().operations().stream()
            .map(Operation::getOperationId)
            .collect(Collectors.toSet()),
        handlers.keySet());
    RouterBuilder routes = RouterBuilder.create(vertx, contract.openApi());
    routes.rootHandler(
        new RootHandler(
            resources,
            new CrossOriginHeaders(contract.openApi(), new Origins(config.http())),
            pages,
            new RequestRecorder(metrics),
            observer,
            config.http().requestLineLimitBytes()));
    if (traces.enabled()) {
      routes.getRoute("ws").addHandler(this::trace);
    }
    for (String operation : STREAM_OPERATIONS) {
      limitRate(routes.getRoute(operation));
      routes.getRoute(operation).addHandler(streams::limitTime);
      authenticate(routes.getRoute(operation));
    }
    for (String operation : BODY_OPERATIONS) {
      // Don't read the body before the client is authorized.
      routes.getRoute(operation).addHandler(RequestBodies::pause);
      limitRate(routes.getRoute(operation));
      authenticate(routes.getRoute(operation));
    }
    OPERATOR_OPERATIONS.forEach(
        (operation, closes) -> {
          OpenAPIRoute route = routes.getRoute(operation);
          route.addHandler(
              new OperatorAuthenticationHandler(
                  admission, route.getOperation(), new Origins(config.http()), operators, closes));
        });
    handlers.forEach((operation, handler) -> bind(routes.getRoute(operation), handler));
    Router router = routes.createRouter();
    pages.mount(router);
    if (config.metrics().enabled()) {
      router.get(MetricsHandler.PATH).handler(new MetricsHandler(vertx, metrics));
    }
    answerHead(router);
    failures.handle(router);
    router.errorHandler(404, context -> notFound(context, failures));
    return router;
  }

  /** Returns the handlers by operation id. */
  private Map<String, Handler<RoutingContext>> handlers(
      WsHandler ws, EventsHandler events, ProbeHandler probes) {
    JsonObject version = BuildVersion.read().json();
    Map<String, Handler<RoutingContext>> handlers = new HashMap<>(pages.operations());
    handlers.put("ws", ws);
    handlers.put("events", events);
    RequestBodies bodies = new RequestBodies(vertx, metrics.guard(), config);
    WorkQueue checks = bodyChecks();
    handlers.put("explain", new ExplainHandler(config, contract, bodies, checks));
    // A payload waits for Redis, for which no explanation must wait.
    RequestBodies payloads = new RequestBodies(vertx, metrics.guard(), config);
    handlers.put("publish", new PublishHandler(config, contract, payloads, checks));
    handlers.put("version", context -> Responses.json(context.request(), version));
    handlers.put("config", new ConfigHandler(config));
    handlers.put("healthcheck", new HealthHandler(vertx, config, metrics));
    handlers.put("livez", probes::livez);
    handlers.put("readyz", probes::readyz);
    OperatorHandlers forOperators = new OperatorHandlers(vertx, connections, metrics);
    handlers.put("connections", forOperators::connections);
    handlers.put("accounts", forOperators::accounts);
    handlers.put("closeConnection", forOperators::closeConnection);
    handlers.put("closeAccountConnections", forOperators::closeAccountConnections);
    handlers.put("log", new LogHandler(connections.node()));
    return handlers;
  }

  /** Returns the queue for work on bodies of events, which may take long. */
  private WorkQueue bodyChecks() {
    return new WorkQueue(
        vertx,
        admission,
        Limit.EXPLANATIONS,
        Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
        MAX_WAITING_BODIES);
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

  /** Adds the handler that enforces the handshake rate, before all others. */
  private void limitRate(OpenAPIRoute route) {
    route.addHandler(new HandshakeRateHandler(admission, route.getOperation()));
  }

  /** Adds the handler that checks origin and token, before those of the operation. */
  private void authenticate(OpenAPIRoute route) {
    route.addHandler(
        new AuthenticationHandler(
            new Origins(config.http()), keys == null ? null : new TokenAuthenticator(keys)));
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

  /**
   * Adds the contract's validator, which replaces the library's own, the selection of the account
   * if the operation needs one, and then the handler.
   */
  private void bind(OpenAPIRoute route, Handler<RoutingContext> handler) {
    Operation operation = route.getOperation();
    route.setDoValidation(false).addHandler(contract.validator(operation));
    if (ACCOUNT_OPERATIONS.contains(operation.getOperationId())) {
      route.addHandler(new AccountAuthorizationHandler());
    }
    route.addHandler(handler);
  }

  /** Requires that each operation has a handler, and each handler an operation. */
  static void requireSame(Set<String> declared, Set<String> bound) {
    if (!declared.equals(bound)) {
      throw new IllegalStateException(
          "handlers: " + new TreeSet<>(bound) + " (expected: " + new TreeSet<>(declared) + ")");
    }
  }
}
