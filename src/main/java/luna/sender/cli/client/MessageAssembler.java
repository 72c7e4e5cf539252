package luna.sender.cli.client;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * Joins the frames of one WebSocket connection into messages, as bytes.
 *
 * <p>Why: the text handler of Vert.x decodes each message into a string, which would have to be
 * encoded again.
 *
 * <p>Owner: confined to the connection's event loop.
 *
 * <p>Source: RFC 6455 section 5.4; a control frame may occur between two fragments.
 */
public final class MessageAssembler {
  private @Nullable Buffer fragments;

  /** Adds the next frame. Returns the message that ends with it, or null. */
  public @Nullable Buffer add(WebSocketFrame frame) {
    if (!frame.isText() && !frame.isBinary() && !frame.isContinuation()) {
      return null;
    }
    Buffer data = frame.binaryData();
    if (fragments == null && frame.isFinal()) {
      return data;
    }
    Buffer joined = (fragments == null ? Buffer.buffer() : fragments).appendBuffer(data);
    fragments = frame.isFinal() ? null : joined;
    return frame.isFinal() ? joined : null;
  }
}
