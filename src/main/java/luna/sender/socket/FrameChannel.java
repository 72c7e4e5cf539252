package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

// Over 300 lines, for it is one thing: all that is known of a pipeline, from the 101 to its end.
/**
 * The Netty channel under one WebSocket, from its 101 to its end: the only place that knows the
 * pipeline.
 *
 * <p>Why not Vert.x's own WebSocket: it encodes and flushes each message for each socket, and keeps
 * the HTTP request, its routing and two queues of 4 kB for as long as the socket lives (measured:
 * 18.8 kB of heap for a silent client, against 2). So Vert.x speaks HTTP up to the 101, and is then
 * told that its connection has ended. What this relies on, and FrameChannelIT checks: a connection
 * is a {@code ConnectionBase}; its channel has a {@code VertxHandler}; an answer that is ended on
 * the event loop is in the channel.
 *
 * <p>Owner: confined to the channel's event loop.
 *
 * <p>Source: RFC 6455 sections 4.2.2 and 5.2; io.netty.handler.codec.http.websocketx.
 */
final class FrameChannel extends ChannelInboundHandlerAdapter {
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
  private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** Above all ranges of codes (RFC 6455, 7.4.2). */
  private static final int CODES_END = 5000;

  /** Instead of a state of {@link Utf8Validator}: the message that is under way is no text. */
  private static final int NO_TEXT = -2;

  /** The bit of a deflated message, in its first frame (RFC 7692, 6). */
  private static final int RSV1 = 4;

  private static final ByteBuf PING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(2, 2).writeBytes(new byte[] {(byte) 0x89, 0}).asReadOnly());

  /** Told what comes from the client and what becomes of each frame. */
  interface Listener {
    /**
     * A frame came: the client lives.
     *
     * @return whether it is heeded
     */
    boolean heed();

    /** Bytes of a message came; a control frame, which may come between two of them, has none. */
    void inbound(int messageBytes, boolean last);

    /** The client sent what is no WebSocket frame, or a too large one; nothing more is read. */
    void violated(int closeCode);

    /** The socket takes frames again after it did not. */
    void writable();

    /** The client's close frame came; it is answered behind what waits. */
    void closing();

    /** The connection is gone. */
    void closed();

    /** The oldest frame on its way was taken by the socket. */
    void written();

    /** The oldest frame on its way will never be written. */
    void failed();

    /** The work for this connection has failed, by no fault of its peer; must not throw. */
    void fault(Step step, Throwable fault);
  }

  private final Listener listener;
  private final CountingPromise outcome;

  /** The decoder's: nothing between it and the socket but TLS, so each write has the least way. */
  private final ChannelHandlerContext context;

  private final @Nullable Deflate deflate;
  private final boolean encrypted;

  /** The pieces of a deflated message that came so far. */
  private @Nullable ByteBuf deflated;

  /** How far the text is that is under way. */
  private int text = NO_TEXT;

  private boolean closeSent;
  private boolean closeReceived;
  private boolean deaf;

  FrameChannel(
      ChannelPipeline pipeline, Framing framing, @Nullable Deflate deflate, Listener listener) {
    this.listener = listener;
    this.outcome = new CountingPromise(pipeline.channel(), listener);
    this.deflate = deflate;
    WebSocket13FrameDecoder decoder = framing.decoder(deflate != null);
    this.encrypted = pipeline.get(SslHandler.class) != null;
    pipeline.addLast(decoder, this);
    this.context = pipeline.context(decoder);
  }

  /**
   * Answers a valid handshake with 101 and takes its connection over; {@link #flush} sends the 101.
   */
  static FrameChannel upgrade(HttpServerRequest request, Framing framing, Listener listener) {
    HttpServerResponse response = request.response();
    String agreed = Deflate.answer(request.headers().getAll(EXTENSIONS));
    Deflate deflate = agreed == null ? null : framing.deflate();
    if (agreed != null && deflate != null) {
      response.putHeader(EXTENSIONS, agreed);
    }
    response
        .setStatusCode(101)
        .putHeader(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .putHeader("Sec-WebSocket-Accept", accept(request.getHeader("Sec-WebSocket-Key")))
        // Vert.x gives any answer that it ends a length; a 1xx may have none (RFC 9110, 8.6).
        .headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH))
        .end();
    ChannelPipeline pipeline =
        ((ConnectionBase) request.connection()).channelHandlerContext().pipeline();
    try {
      FrameChannel upgraded = new FrameChannel(pipeline, framing, deflate, listener);
      dismissHttp(pipeline, upgraded);
      pipeline.channel().config().setAutoRead(true);
      return upgraded;
    } catch (Throwable fault) {
      // Neither HTTP nor frames: nobody else would end it.
      pipeline.channel().close();
      throw fault;
    }
  }

  /** Ends Vert.x's connection without closing the socket, and removes all handlers but TLS. */
  private static void dismissHttp(ChannelPipeline pipeline, FrameChannel upgraded) {
    VertxHandler<?> connection = pipeline.get(VertxHandler.class);
    connection.channelInactive(pipeline.context(connection));
    pipeline.remove(connection);
    for (Map.Entry<String, ChannelHandler> handler : pipeline.toMap().entrySet()) {
      boolean ours =
          handler.getValue() == upgraded || handler.getValue() == upgraded.context.handler();
      if (!ours && !(handler.getValue() instanceof SslHandler)) {
        pipeline.remove(handler.getKey());
      }
    }
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest((key + KEY_SUFFIX).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whether the client takes deflated frames. */
  boolean deflates() {
    return deflate != null;
  }

  /** Puts a frame into the socket's queue without flushing it; takes over the reference. */
  void write(ByteBuf frame) {
    context.write(frame, outcome);
  }

  /** Puts a frame that is no event into the queue; takes over the reference. */
  void writeUncounted(ByteBuf frame) {
    context.write(frame, context.voidPromise());
  }

  /** Whether less waits in the socket's queue than {@link #limitQueue} allows. */
  boolean isWritable() {
    return context.channel().isWritable();
  }

  /** From now on the channel is writable while less waits, and again when half of it has gone. */
  void limitQueue(int bytes) {
    context
        .channel()
        .config()
        .setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), bytes));
  }

  /** Whether each frame is encrypted for this client alone. */
  boolean isEncrypted() {
    return encrypted;
  }

  void writePing() {
    context.writeAndFlush(PING.duplicate(), context.voidPromise());
  }

  void flush() {
    context.flush();
  }

  /** Closes with a frame behind all that is queued; once. The client's answer ends the rest. */
  void close(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    writeClose(Framing.header(Framing.CLOSE, 2 + text.length).writeShort(code).writeBytes(text));
  }

  private void writeClose(ByteBuf frame) {
    if (closeSent) {
      frame.release();
    } else {
      closeSent = true;
      context.writeAndFlush(frame, context.voidPromise());
    }
  }

  /** Bytes that wait in this process for the client to read; 0 once the channel is closed. */
  long queuedBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  /** The same without what the socket has taken of the oldest frame. */
  long untakenBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes() - queue.currentProgress();
  }

  /**
   * Passes over all that comes from now on, unread: each frame of a flood would cost as much as one
   * that is heeded. The bytes are still taken, or the client could not see why it was closed.
   */
  void deafen() {
    if (deaf) {
      return;
    }
    deaf = true;
    context
        .pipeline()
        .addBefore(
            context.name(),
            null,
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext context, Object message) {
                ReferenceCountUtil.release(message);
              }
            });
  }

  /**
   * Ends the TCP connection without a word; a word of TLS, too, would wait behind all that the
   * client does not read.
   */
  void cut() {
    context.pipeline().firstContext().close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && !closeReceived && listener.heed()) {
        read(frame);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** Keeps nothing of the client's messages, but counts them and stops misbehaviour. */
  private void read(WebSocketFrame frame) {
    boolean begins = frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame;
    if (frame.rsv() != 0 && (frame.rsv() != RSV1 || !begins)) {
      violate(WebSocketCloseStatus.PROTOCOL_ERROR);
    } else if (frame instanceof CloseWebSocketFrame) {
      closed(frame.content());
    } else if (frame instanceof PingWebSocketFrame) {
      answerPing(frame.content());
    } else if (frame instanceof PongWebSocketFrame) {
      // It came, and that is all that it says.
    } else {
      if (begins) {
        text = frame instanceof TextWebSocketFrame ? Utf8Validator.WHOLE : NO_TEXT;
      }
      if (frame.rsv() == RSV1 || deflated != null) {
        inflate(frame);
      } else {
        listener.inbound(frame.content().readableBytes(), frame.isFinalFragment());
        checkText(frame);
      }
    }
  }

  /** A piece may end amid a character, the last one may not. */
  private void checkText(WebSocketFrame piece) {
    if (text != NO_TEXT && !closeSent) {
      ByteBuf bytes = piece.content();
      text = Utf8Validator.after(text, bytes, bytes.readerIndex(), bytes.writerIndex());
      if (text == Utf8Validator.MALFORMED
          || (piece.isFinalFragment() && text != Utf8Validator.WHOLE)) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
  }

  /** The pieces count as they come, and then by what they inflate to. */
  private void inflate(WebSocketFrame piece) {
    ByteBuf message = deflated == null ? context.alloc().heapBuffer() : deflated;
    deflated = message;
    int pieceBytes = piece.content().readableBytes();
    message.writeBytes(piece.content());
    listener.inbound(pieceBytes, false);
    if (piece.isFinalFragment() && !closeSent) {
      try {
        int bytes = Objects.requireNonNull(deflate).inflatedBytes(message, text != NO_TEXT);
        listener.inbound(Math.max(0, bytes - message.readableBytes()), true);
      } catch (DataFormatException notDeflated) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
    if (piece.isFinalFragment() || closeSent) {
      forgetDeflated();
    }
  }

  private void forgetDeflated() {
    if (deflated != null) {
      deflated.release();
      deflated = null;
    }
  }

  private void violate(WebSocketCloseStatus status) {
    listener.violated(status.code());
  }

  /** Only while the client reads: one that sends pings alone would fill the memory with pongs. */
  private void answerPing(ByteBuf payload) {
    if (!closeSent && context.channel().isWritable()) {
      ByteBuf pong = Framing.header(Framing.PONG, payload.readableBytes()).writeBytes(payload);
      context.writeAndFlush(pong, context.voidPromise());
    }
  }

  /** Netty takes codes over 4999, and reasons that end amid a character. */
  private void closed(ByteBuf payload) {
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

  /** The same code comes back, and the connection ends behind it (RFC 6455, 5.5.1 and 7.1.1). */
  private void answerClose(ByteBuf payload) {
    listener.closing();
    int codeBytes = Math.min(2, payload.readableBytes());
    writeClose(
        Framing.header(Framing.CLOSE, codeBytes)
            .writeBytes(payload, payload.readerIndex(), codeBytes));
    context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** The client has ended its TLS: nothing more comes, and what is sent goes nowhere. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      context.channel().close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      listener.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forgetDeflated();
    listener.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      // To cut the connection here would leave the client without a reason.
      violate(corrupted.closeStatus());
    } else if (isFault(cause)) {
      listener.fault(Step.INBOUND, cause);
    } else {
      // Most often a connection that the client has reset.
      context.close();
    }
  }

  /** Whether it is of this process, and not of the connection, its TLS or what the client sent. */
  static boolean isFault(Throwable cause) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    return !(root instanceof IOException || root instanceof DecoderException);
  }
}
