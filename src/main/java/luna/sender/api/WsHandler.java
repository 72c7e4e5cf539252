package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import java.util.List;
import luna.sender.headers.FieldValue;
import luna.sender.socket.Transport;

/**
 * Handles operation {@code ws}: upgrades a validated handshake to a session, or fails it before the
 * upgrade.
 *
 * <p>See: {@link luna.sender.admission.Admission#enter} enforces the limits per account and per
 * address; {@code socket.WebSocketUpgrade} sends the 101 and sets its header fields.
 *
 * <p>Errors: {@link ApiError#NOT_WEBSOCKET} for a plain GET, {@link ApiError#UNAVAILABLE} while the
 * subscription can't be confirmed or the history can't be read, and {@link
 * luna.sender.admission.LimitExceeded}.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: RFC 6455 section 4.2.1.
 */
public final class WsHandler implements Handler<RoutingContext> {
  private static final String OPERATION = "ws";
  private static final int NONCE_LENGTH = 24;

  private final Streams streams;

  public WsHandler(Streams streams) {
    this.streams = streams;
  }

  static boolean isHandshake(RequestState state) {
    Operation operation = state.operation();
    return operation != null && operation.getOperationId().equals(OPERATION);
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    checkUpgrade(request);
    RequestState state = RequestState.of(context);
    ParsedQuery query = streams.query(request, state, Transport.WEBSOCKET);
    streams.open(
        context,
        HandshakeRequest.of(state, query.options().withStart(streams.start(state)), query),
        Transport.WEBSOCKET);
  }

  private static void checkUpgrade(HttpServerRequest request) {
    require(
        request.version() == HttpVersion.HTTP_1_1, "version: not HTTP/1.1 (expected: HTTP/1.1)");
    MultiMap headers = request.headers();
    // HEAD must not upgrade. It gets the same response as a GET without the upgrade.
    require(
        request.method() == HttpMethod.GET
            && FieldValue.contains(
                FieldValue.list(headers.getAll(HttpHeaders.UPGRADE)), "websocket"),
        "Upgrade: none (expected: websocket)");
    List<String> connection = FieldValue.list(headers.getAll(HttpHeaders.CONNECTION));
    require(
        FieldValue.contains(connection, "upgrade"), "Connection: no Upgrade (expected: Upgrade)");
    require(!FieldValue.contains(connection, "close"), "Connection: close (expected: Upgrade)");
    require(
        !headers.contains(HttpHeaders.TRANSFER_ENCODING)
            && isZero(headers.getAll(HttpHeaders.CONTENT_LENGTH)),
        "Content-Length: a body (expected: none)");
    String key = request.getHeader("Sec-WebSocket-Key");
    require(
        key != null && isNonce(key),
        "Sec-WebSocket-Key: "
            + (key == null ? "none" : "invalid")
            + " (expected: 16 bytes in Base64)");
    if (!"13".equals(request.getHeader("Sec-WebSocket-Version"))) {
      request.response().putHeader("Sec-WebSocket-Version", "13");
      require(false, "Sec-WebSocket-Version: unsupported (expected: 13)");
    }
  }

  private static boolean isZero(List<String> lengths) {
    for (String length : lengths) {
      if (!length.equals("0")) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the key is 16 bytes in Base64. */
  private static boolean isNonce(String key) {
    return key.length() == NONCE_LENGTH && key.endsWith("==") && isBase64(key, NONCE_LENGTH - 2);
  }

  private static boolean isBase64(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (!isBase64(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBase64(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '+'
        || c == '/';
  }

  private static void require(boolean fits, String expectation) {
    if (!fits) {
      throw new ApiException(ApiError.NOT_WEBSOCKET, expectation);
    }
  }
}
