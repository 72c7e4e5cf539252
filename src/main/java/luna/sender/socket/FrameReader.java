package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * The inbound half of a channel: validates the frames of the client, and discards its messages.
 *
 * <p>Why a superclass and not a handler of its own: an object per connection costs memory, and the
 * answers to pings and close frames need the outbound half.
 *
 * <p>Owner: confined to the channel's event loop.
 *
 * <p>Source: RFC 6455 sections 5 and 8.1, RFC 7692 section 6.
 */
abstract class FrameReader extends ConnectionChannel {
  /** Close codes end below this value (RFC 6455, 7.4.2). */
  private static final int CODES_END = 5000;

  /** Used instead of a state of {@link Utf8Validator}: the current message is not text. */
  private static final int NO_TEXT = -2;

  /** The bit that marks a compressed message in its first frame (RFC 7692, 6). */
  private static final int RSV1 = 4;

  final @Nullable Deflate deflate;

  /** The fragments received so far of a compressed message. */
  private @Nullable ByteBuf deflated;

  /** The UTF-8 state of the current message. */
  private int text = NO_TEXT;

  private boolean closeReceived;

  /**
   * @param deflate null for a client that sends no compressed messages
   */
  FrameReader(
      ChannelPipeline pipeline,
      ChannelHandler decoder,
      Listener listener,
      @Nullable Deflate deflate) {
    super(pipeline, decoder, listener);
    this.deflate = deflate;
  }

  /** Returns whether a close frame was sent. What follows from the client is not validated. */
  abstract boolean isCloseSent();

  /** Answers a ping with the same payload. */
  abstract void answerPing(ByteBuf payload);

  /** Answers the client's close frame, and closes the connection. */
  abstract void answerClose(ByteBuf payload);

  @Override
  public final void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && !closeReceived && listener.onFrame()) {
        read(frame, context.alloc());
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** Discards the client's messages, but counts them and detects violations. */
  private void read(WebSocketFrame frame, ByteBufAllocator allocator) {
    boolean begins = frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame;
    if (frame.rsv() != 0 && (frame.rsv() != RSV1 || !begins)) {
      violate(WebSocketCloseStatus.PROTOCOL_ERROR);
    } else if (frame instanceof CloseWebSocketFrame) {
      readClose(frame.content());
    } else if (frame instanceof PingWebSocketFrame) {
      answerPing(frame.content());
    } else if (frame instanceof PongWebSocketFrame) {
      // Nothing to do: every frame already counts as a sign of life.
    } else {
      if (begins) {
        text = frame instanceof TextWebSocketFrame ? Utf8Validator.WHOLE : NO_TEXT;
      }
      if (frame.rsv() == RSV1 || deflated != null) {
        inflate(frame, allocator);
      } else {
        listener.onMessageBytes(frame.content().readableBytes(), frame.isFinalFragment());
        checkText(frame);
      }
    }
  }

  /** Validates UTF-8. A fragment may end within a character; the last one must not. */
  private void checkText(WebSocketFrame fragment) {
    if (text != NO_TEXT && !isCloseSent()) {
      ByteBuf bytes = fragment.content();
      text = Utf8Validator.after(text, bytes, bytes.readerIndex(), bytes.writerIndex());
      if (text == Utf8Validator.MALFORMED
          || (fragment.isFinalFragment() && text != Utf8Validator.WHOLE)) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
  }

  /** Counts the fragments as they arrive, and then the additional bytes of the inflated message. */
  private void inflate(WebSocketFrame fragment, ByteBufAllocator allocator) {
    ByteBuf message = deflated == null ? allocator.heapBuffer() : deflated;
    deflated = message;
    int fragmentBytes = fragment.content().readableBytes();
    message.writeBytes(fragment.content());
    listener.onMessageBytes(fragmentBytes, false);
    if (fragment.isFinalFragment() && !isCloseSent()) {
      try {
        int bytes = Objects.requireNonNull(deflate).inflatedBytes(message, text != NO_TEXT);
        listener.onMessageBytes(Math.max(0, bytes - message.readableBytes()), true);
      } catch (DataFormatException notDeflated) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
    if (fragment.isFinalFragment() || isCloseSent()) {
      releaseDeflated();
    }
  }

  final void releaseDeflated() {
    if (deflated != null) {
      deflated.release();
      deflated = null;
    }
  }

  final void violate(WebSocketCloseStatus status) {
    listener.onViolation(status.code());
  }

  /** Rejects codes over 4999 and reasons that end within a character; Netty accepts both. */
  private void readClose(ByteBuf payload) {
    closeReceived = true;
    int start = payload.readerIndex();
    int bytes = payload.readableBytes();
    if (bytes >= 2 && payload.getUnsignedShort(start) >= CODES_END) {
      violate(WebSocketCloseStatus.PROTOCOL_ERROR);
    } else if (bytes > 2 && !ByteBufUtil.isText(payload, start + 2, bytes - 2, UTF_8)) {
      violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
    }
    answerClose(payload);
  }
}
