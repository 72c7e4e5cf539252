package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import luna.sender.config.WsSettings;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * Encodes events as frames and creates the frame decoders. Shared by all channels of a hub.
 *
 * <p>Shape: frames from the server are not masked. An event is one frame, compressed or plain.
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
  private final MessageDigest sha1;

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
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the digest of handshakes, in its initial state. */
  MessageDigest sha1() {
    return sha1;
  }

  /** Returns the compression to negotiate with clients, or null if it is disabled. */
  @Nullable Deflate deflate() {
    return deflate;
  }

  WebSocket13FrameDecoder decoder(boolean deflated) {
    return new WebSocket13FrameDecoder(deflated ? extended : plain);
  }

  /** Returns a text frame. */
  static ByteBuf text(byte[] text) {
    return header(TEXT, text.length).writeBytes(text);
  }

  /** Allocates and releases a frame. Throws if there is no memory. */
  static void probe() {
    text(new byte[2]).release();
  }

  /** Returns the event's frame with its header; the caller releases it. */
  static ByteBuf plain(Event event, FrameForm form) {
    EventText text = EventText.of(event, form);
    ByteBuf frame = header(TEXT, text.bytes());
    try {
      text.writeTo(frame);
      return frame;
    } catch (Throwable fault) {
      frame.release();
      throw fault;
    }
  }

  /** Appends the event's frame with its header. Returns false if there is no room for it. */
  static boolean appendPlain(Event event, FrameForm form, ByteBuf target) {
    EventText text = EventText.of(event, form);
    if (target.writableBytes() < HEADER_LIMIT_BYTES + text.bytes()) {
      return false;
    }
    appendHeader(TEXT, text.bytes(), target);
    text.writeTo(target);
    return true;
  }

  /**
   * Returns the event's compressed frame, for clients that negotiated compression; the caller
   * releases it. Returns null if it would not be smaller; those clients then get the plain frame.
   */
  @Nullable ByteBuf deflated(Event event, FrameForm form) {
    if (deflate == null) {
      throw new IllegalStateException(
          "COMPRESSION_LEVEL: 0 (expected: 1 to 9 for a client that negotiated compression)");
    }
    return deflate.frame(EventText.of(event, form));
  }

  /** Returns the maximum size of an event's frame; a compressed frame is smaller. */
  static int frameLimitBytes(Event event) {
    return HEADER_LIMIT_BYTES + EventText.limitBytes(event);
  }

  /**
   * Returns a new buffer with a frame's header and room for its payload. The buffer is not pooled,
   * so its memory is freed with the frame. In a pool, one queued frame of 1 kB would keep a chunk
   * of 128 KiB.
   */
  static ByteBuf header(int first, int length) {
    ByteBuf frame = Unpooled.directBuffer(HEADER_LIMIT_BYTES + length);
    appendHeader(first, length, frame);
    return frame;
  }

  private static void appendHeader(int first, int length, ByteBuf target) {
    target.writeByte(first);
    if (length <= 125) {
      target.writeByte(length);
    } else if (length <= 0xFFFF) {
      target.writeByte(126).writeShort(length);
    } else {
      target.writeByte(127).writeLong(length);
    }
  }
}
