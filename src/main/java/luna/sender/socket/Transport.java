package luna.sender.socket;

import io.vertx.core.http.HttpServerRequest;
import java.util.Map;

/** The protocol over which a client receives its events. */
public enum Transport {
  WEBSOCKET {
    @Override
    ClientChannel open(
        HttpServerRequest request,
        Map<String, String> responseHeaders,
        LoopResources loop,
        ClientChannel.Listener listener) {
      return WebSocketUpgrade.upgrade(request, responseHeaders, loop.framing(), listener);
    }
  },
  /** Server-Sent Events. */
  SSE {
    @Override
    ClientChannel open(
        HttpServerRequest request,
        Map<String, String> responseHeaders,
        LoopResources loop,
        ClientChannel.Listener listener) {
      return SseResponse.open(
          request,
          responseHeaders,
          loop.settings().pingInterval().plus(loop.settings().pongTimeout()),
          listener);
    }
  };

  /**
   * Answers a valid request and takes over its connection; {@link ClientChannel#flush} sends the
   * head of the response.
   *
   * @param responseHeaders further header fields of the response
   */
  abstract ClientChannel open(
      HttpServerRequest request,
      Map<String, String> responseHeaders,
      LoopResources loop,
      ClientChannel.Listener listener);
}
