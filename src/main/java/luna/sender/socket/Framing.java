package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import luna.sender.config.WsSettings;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * How events become frames and clients' bytes become frames again: the same for all channels of a
 * hub.
 *
 * <p>Shape: frames of the server are not masked; an event is one frame, deflated or plain.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Source: RFC 6455 section 5.2.
 */
final class Framing {
  private static final int HEADER_LIMIT_BYTES = 10;
  private static final int FINAL = 0x80;
  static final int DEFLATED = 0x40;
  static final int TEXT = FINAL | 0x1;
  static final int CLOSE = FINAL | 0x8;
  static final int PONG = FINAL | 0xA;

  private final WebSocketDecoderConfig plain;
  private final WebSocketDecoderConfig extended;
  private final @Nullable Deflate deflate;

  Framing(WsSettings settings) {
    plain =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(settings.inboundMessageLimitBytes())
            .closeOnProtocolViolation(false)
            .build();
    extended = plain.toBuilder().allowExtensions(true).build();
    deflate =
        settings.compressionLevel() == 0
            ? null
            : new Deflate(settings.compressionLevel(), settings.inboundMessageLimitBytes());
  }

  /** The compression that clients may agree to, or null if it is switched off. */
  @Nullable Deflate deflate() {
    return deflate;
  }

  WebSocket13FrameDecoder decoder(boolean deflated) {
    return new WebSocket13FrameDecoder(deflated ? extended : plain);
  }

  /** A frame of this text. */
  static ByteBuf text(byte[] text) {
    return header(TEXT, text.length).writeBytes(text);
  }

  /** Makes a frame that goes nowhere: throws where there is no memory for one. */
  static void probe() {
    text(new byte[2]).release();
  }

  /** The event's frame, header and all; the caller releases it. */
  static ByteBuf plain(Event event) {
    ByteBuf frame = header(TEXT, event.textBytes());
    try {
      event.writeText(frame);
      return frame;
    } catch (Throwable fault) {
      frame.release();
      throw fault;
    }
  }

  /**
   * The event's deflated frame, for clients that have agreed; the caller releases it. Null if it
   * would not be smaller: a plain one is as good for them.
   */
  @Nullable ByteBuf deflated(Event event) {
    if (deflate == null) {
      throw new IllegalStateException(
          "COMPRESSION_LEVEL: 0 (expected: one that clients agreed to)");
    }
    return deflate.frame(event);
  }

  /** The most that an event's frame may take; deflated, it is smaller. */
  static int frameLimitBytes(Event event) {
    return HEADER_LIMIT_BYTES + event.textBytes();
  }

  /**
   * A new buffer with a frame's header, and room for its payload. It is memory of its own, which is
   * free as soon as the frame is: in a pool, a frame of 1 kB that waits keeps a chunk of 128 KiB.
   */
  static ByteBuf header(int first, int length) {
    ByteBuf frame = Unpooled.directBuffer(HEADER_LIMIT_BYTES + length);
    frame.writeByte(first);
    if (length <= 125) {
      frame.writeByte(length);
    } else if (length <= 0xFFFF) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
    return frame;
  }
}
