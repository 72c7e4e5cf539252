package luna.sender.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Map;

/**
 * Answers 200 to a request for Server-Sent Events.
 *
 * <p>Shape: over HTTP/1.1, it takes over the connection from Vert.x. The end of the connection is
 * the end of the body, so that each event is one buffer for all clients, and clients of HTTP/1.0,
 * such as some proxies, can read it. Over HTTP/2, the body is what follows on the request's stream.
 *
 * <p>Why it writes the head of HTTP/1.1 itself: Vert.x would close the connection after the
 * response if the client has asked for that, and it would wait for the end of the response before
 * it ends its part.
 *
 * <p>Source: RFC 9112 section 6.3.
 */
public final class SseResponse {
  private SseResponse() {}

  /** Sets the header fields of each response to a GET or a HEAD. */
  public static void putHeaders(HttpServerResponse response) {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(HttpHeaders.VARY, "accept, origin")
        .putHeader("X-Content-Type-Options", "nosniff")
        // Without it, nginx collects the events in its buffers.
        .putHeader("X-Accel-Buffering", "no");
  }

  /**
   * Answers a valid request; {@link ClientChannel#flush} sends the head.
   *
   * @param responseHeaders further header fields of the response
   * @param silence how long the client may leave data unacknowledged
   */
  static ClientChannel open(
      HttpServerRequest request,
      Map<String, String> responseHeaders,
      Duration silence,
      ClientChannel.Listener listener) {
    HttpServerResponse response = request.response();
    responseHeaders.forEach(response::putHeader);
    putHeaders(response);
    return request.version() == HttpVersion.HTTP_2
        ? onStream(request, silence, listener)
        : onConnection(request, silence, listener);
  }

  private static ClientChannel onConnection(
      HttpServerRequest request, Duration silence, ClientChannel.Listener listener) {
    request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    ByteBuf head = head(request.response());
    ChannelPipeline pipeline = Takeover.pipeline(request);
    SseChannel channel = Takeover.of(pipeline, () -> new SseChannel(pipeline, silence, listener));
    channel.writeUncounted(head);
    return channel;
  }

  private static ClientChannel onStream(
      HttpServerRequest request, Duration silence, ClientChannel.Listener listener) {
    HttpServerResponse response = request.response();
    Http2SseChannel channel = new Http2SseChannel(request, silence, listener);
    response.closeHandler(closed -> listener.onClosed());
    response.writeHead();
    channel.writeUncounted(Unpooled.copiedBuffer(SseFraming.retry(), US_ASCII));
    return channel;
  }

  private static ByteBuf head(HttpServerResponse response) {
    StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\n");
    response
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return Unpooled.copiedBuffer(head.append("\r\n").append(SseFraming.retry()), ISO_8859_1);
  }
}
