package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.net.URLEncoder;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import luna.sender.event.Demand;
import luna.sender.filter.EventFilter;
import luna.sender.ops.Metrics;
import luna.sender.socket.Upgrade;
import org.jspecify.annotations.Nullable;

/**
 * Operation {@code ws}: a validated handshake becomes a session, or an error before the upgrade.
 *
 * <p>Errors: {@link ApiError#NOT_WEBSOCKET} for a plain GET, {@link ApiError#UNAVAILABLE} while the
 * subscription can't be confirmed.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: RFC 6455 section 4.2.1.
 */
final class WsHandler implements Handler<RoutingContext> {
  private static final String OPERATION = "ws";
  private static final String IGNORED = "Luna-Ignored-Parameters";
  private static final int IGNORED_LIMIT = 2048;
  private static final Pattern TOKENS = Pattern.compile("[ \\t]*,[ \\t]*");
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9+/]{22}==");

  private final Upgrade upgrade;
  private final Metrics metrics;

  /** What a client asks for in its URL, and the names in it that are no filters, for the answer. */
  record Wish(EventFilter filter, String ignored) {}

  /** By raw query: clients that ask for the same share one filter. */
  private final Recent<Wish> wishes = new Recent<>();

  WsHandler(Upgrade upgrade, Metrics metrics) {
    this.upgrade = upgrade;
    this.metrics = metrics;
  }

  static boolean isHandshake(RoutingContext context) {
    Operation operation = context.get(ContractValidator.OPERATION);
    return operation != null && operation.getOperationId().equals(OPERATION);
  }

  /** The value of the metric's label: few, and not chosen by clients. */
  static String outcome(ApiError error) {
    return error.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    checkUpgrade(request);
    ValidatedRequest validated = context.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
    String account =
        Objects.requireNonNull(validated.getHeaders().get("Luna-Account-Id"))
            .getString()
            .toLowerCase(Locale.ROOT);
    String query = request.query() == null ? "" : request.query();
    Wish wish = wishes.get(query, text -> wish(text, validated));
    if (!wish.ignored.isEmpty()) {
      context.response().putHeader(IGNORED, wish.ignored);
    }
    metrics.handshaking(1);
    upgrade
        .accept(request, account, wish.filter, RequestIds.of(context))
        .onComplete(ended -> metrics.handshaking(-1))
        .onSuccess(open -> metrics.handshake("accepted"))
        .onFailure(failure -> failed(context, failure));
  }

  private static void checkUpgrade(HttpServerRequest request) {
    require(
        request.version() == HttpVersion.HTTP_1_1, "version: not HTTP/1.1 (expected: HTTP/1.1)");
    require(
        request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true),
        "Upgrade: none (expected: websocket)");
    String connection = request.getHeader(HttpHeaders.CONNECTION);
    require(has(connection, "upgrade"), "Connection: no Upgrade (expected: Upgrade)");
    require(!has(connection, "close"), "Connection: close (expected: Upgrade)");
    require(
        !request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
            && request.headers().getAll(HttpHeaders.CONTENT_LENGTH).stream().allMatch("0"::equals),
        "Content-Length: a body (expected: none)");
    String key = request.getHeader("Sec-WebSocket-Key");
    require(
        key != null && NONCE.matcher(key).matches(),
        "Sec-WebSocket-Key: "
            + (key == null ? "none" : "another")
            + " (expected: 16 bytes in Base64)");
    if (!"13".equals(request.getHeader("Sec-WebSocket-Version"))) {
      request.response().putHeader("Sec-WebSocket-Version", "13");
      require(false, "Sec-WebSocket-Version: another (expected: 13)");
    }
  }

  private static boolean has(@Nullable String list, String token) {
    return list != null && TOKENS.splitAsStream(list).anyMatch(token::equalsIgnoreCase);
  }

  private static void require(boolean fits, String expectation) {
    if (!fits) {
      throw new ApiFailure(ApiError.NOT_WEBSOCKET, expectation);
    }
  }

  static Wish wish(String query, ValidatedRequest validated) {
    JsonObject values = new JsonObject();
    for (Map.Entry<String, RequestParameter> parameter : validated.getQuery().entrySet()) {
      if (!parameter.getValue().isNull()) {
        values.put(parameter.getKey(), parameter.getValue().get());
      }
    }
    return new Wish(EventFilter.of(values), ignored(QueryString.of(query), validated));
  }

  /** Unknown parameters don't fail a handshake, but a misspelt filter must not go unnoticed. */
  private static String ignored(QueryString query, ValidatedRequest validated) {
    StringBuilder names = new StringBuilder();
    for (String name : query.names()) {
      if (!validated.getQuery().containsKey(name)) {
        // Encoded, so that a name can neither end the header nor look like two.
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
        if (names.length() + encoded.length() < IGNORED_LIMIT) {
          names.append(names.isEmpty() ? "" : ",").append(encoded);
        }
      }
    }
    return names.toString();
  }

  private void failed(RoutingContext context, Throwable failure) {
    if (context.response().closed() || failure instanceof ClosedChannelException) {
      metrics.handshake("client_left");
    } else if (failure instanceof ReplyException reply) {
      context.fail(new ApiFailure(ApiError.UNAVAILABLE, unavailable(reply.failureCode())));
    } else {
      context.fail(failure);
    }
  }

  private static String unavailable(int code) {
    return switch (code) {
      case Demand.REFUSED -> "Redis refused the subscription";
      case Demand.STOPPING -> "This node is going away";
      default -> "Redis is unavailable: the subscription could not be confirmed";
    };
  }
}
