package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;

/**
 * Takes over the connection of a handshake from Vert.x: answers 101, and replaces the HTTP handlers
 * of its pipeline with a {@link FrameChannel}.
 *
 * <p>How: {@link Takeover} replaces the handlers. It also relies on a fact that FrameChannelIT
 * checks: a response that is ended on the event loop is already in the channel.
 *
 * <p>See: {@link #upgrade} is the only place that sets header fields of the 101. Those of the
 * contract come from {@code api.HandshakeRequest.responseHeaders}. {@code Luna-Request-Id} is not
 * specific to the 101: {@code api.RequestState} sets it on every response.
 *
 * <p>Source: RFC 6455 section 4.2.2.
 */
final class WebSocketUpgrade {
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
  private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private WebSocketUpgrade() {}

  /**
   * Answers a valid handshake with 101 and takes over its connection; {@link FrameChannel#flush}
   * sends the 101.
   *
   * @param responseHeaders further header fields of the 101
   */
  static FrameChannel upgrade(
      HttpServerRequest request,
      Map<String, String> responseHeaders,
      Framing framing,
      FrameChannel.Listener listener) {
    HttpServerResponse response = request.response();
    responseHeaders.forEach(response::putHeader);
    String extension = Deflate.answer(request.headers().getAll(EXTENSIONS));
    Deflate deflate = extension == null ? null : framing.deflate();
    if (extension != null && deflate != null) {
      response.putHeader(EXTENSIONS, extension);
    }
    response
        .setStatusCode(101)
        .putHeader(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .putHeader(
            "Sec-WebSocket-Accept", accept(framing.sha1(), request.getHeader("Sec-WebSocket-Key")))
        // Vert.x adds a Content-Length to every response; a 1xx must not have one (RFC 9110, 8.6).
        .headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH))
        .end();
    ChannelPipeline pipeline = Takeover.pipeline(request);
    return Takeover.of(pipeline, () -> new FrameChannel(pipeline, framing, deflate, listener));
  }

  private static String accept(MessageDigest sha1, String key) {
    byte[] digest = sha1.digest((key + KEY_SUFFIX).getBytes(US_ASCII));
    return Base64.getEncoder().encodeToString(digest);
  }
}
