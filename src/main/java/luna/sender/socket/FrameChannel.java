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

/**
 * The Netty channel of one WebSocket, from the 101 to the close. The only class that depends on the
 * pipeline.
 *
 * <p>Why not Vert.x's WebSocket: it encodes and flushes each message for each socket. It also keeps
 * the HTTP request, its routing context and two queues of 4 kB while the socket is open (measured:
 * 18.8 kB of heap for a silent client, against 2). So Vert.x handles HTTP up to the 101, and is
 * then notified that its connection has ended. This relies on three facts, which FrameChannelIT
 * checks: a connection is a {@code ConnectionBase}; its channel has a {@code VertxHandler}; a
 * response that is ended on the event loop is already in the channel.
 *
 * <p>Owner: confined to the channel's event loop.
 *
 * <p>Source: RFC 6455 sections 4.2.2 and 5.2; io.netty.handler.codec.http.websocketx.
 */
final class FrameChannel extends ChannelInboundHandlerAdapter {
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
  private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** Close codes end below this value (RFC 6455, 7.4.2). */
  private static final int CODES_END = 5000;

  /** Used instead of a state of {@link Utf8Validator}: the current message is not text. */
  private static final int NO_TEXT = -2;

  /** The bit that marks a compressed message in its first frame (RFC 7692, 6). */
  private static final int RSV1 = 4;

  private static final ByteBuf PING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(2, 2).writeBytes(new byte[] {(byte) 0x89, 0}).asReadOnly());

  /** Receives the client's frames and the result of each written frame. */
  interface Listener {
    /**
     * Called for each frame from the client.
     *
     * @return whether the frame is processed
     */
    boolean onFrame();

    /**
     * Called for each data frame of a message. A control frame between two of them does not count.
     */
    void onMessageBytes(int messageBytes, boolean last);

    /** Called when the client violates the protocol or exceeds a limit. Nothing more is read. */
    void onViolation(int closeCode);

    /** Called when the socket accepts frames again. */
    void onWritable();

    /**
     * Called when the client's close frame arrives. The reply is queued after the waiting frames.
     */
    void onCloseFrame();

    /** Called when the connection is closed. */
    void onClosed();

    /** Called when the socket has accepted the oldest pending frame. */
    void onWritten();

    /** Called when the oldest pending frame cannot be written. */
    void onWriteFailed();

    /** Called when the work for this connection fails for an internal reason. Must not throw. */
    void onFault(Step step, Throwable fault);
  }

  private final Listener listener;
  private final CountingPromise countingPromise;

  /**
   * The decoder's context. Only TLS lies between it and the socket, so writes take the shortest
   * path.
   */
  private final ChannelHandlerContext context;

  private final @Nullable Deflate deflate;
  private final boolean encrypted;

  /** The fragments received so far of a compressed message. */
  private @Nullable ByteBuf deflated;

  /** The UTF-8 state of the current message. */
  private int text = NO_TEXT;

  private boolean closeSent;
  private boolean closeReceived;
  private boolean discarding;

  FrameChannel(
      ChannelPipeline pipeline, Framing framing, @Nullable Deflate deflate, Listener listener) {
    this.listener = listener;
    this.countingPromise = new CountingPromise(pipeline.channel(), listener);
    this.deflate = deflate;
    WebSocket13FrameDecoder decoder = framing.decoder(deflate != null);
    this.encrypted = pipeline.get(SslHandler.class) != null;
    pipeline.addLast(decoder, this);
    this.context = pipeline.context(decoder);
  }

  /**
   * Answers a valid handshake with 101 and takes over its connection; {@link #flush} sends the 101.
   */
  static FrameChannel upgrade(HttpServerRequest request, Framing framing, Listener listener) {
    HttpServerResponse response = request.response();
    String extension = Deflate.answer(request.headers().getAll(EXTENSIONS));
    Deflate deflate = extension == null ? null : framing.deflate();
    if (extension != null && deflate != null) {
      response.putHeader(EXTENSIONS, extension);
    }
    response
        .setStatusCode(101)
        .putHeader(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .putHeader("Sec-WebSocket-Accept", accept(request.getHeader("Sec-WebSocket-Key")))
        // Vert.x adds a Content-Length to every response; a 1xx must not have one (RFC 9110, 8.6).
        .headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH))
        .end();
    ChannelPipeline pipeline =
        ((ConnectionBase) request.connection()).channelHandlerContext().pipeline();
    try {
      FrameChannel upgraded = new FrameChannel(pipeline, framing, deflate, listener);
      removeHttpHandlers(pipeline, upgraded);
      pipeline.channel().config().setAutoRead(true);
      return upgraded;
    } catch (Throwable fault) {
      // The channel has neither HTTP nor WebSocket handlers now, so nothing else would close it.
      pipeline.channel().close();
      throw fault;
    }
  }

  /** Ends Vert.x's connection without closing the socket, and removes all handlers except TLS. */
  private static void removeHttpHandlers(ChannelPipeline pipeline, FrameChannel upgraded) {
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

  /** Returns whether the client accepts compressed frames. */
  boolean deflates() {
    return deflate != null;
  }

  /** Queues a frame without flushing; takes over the reference. */
  void write(ByteBuf frame) {
    context.write(frame, countingPromise);
  }

  /** Queues a frame that is not an event; takes over the reference. */
  void writeUncounted(ByteBuf frame) {
    context.write(frame, context.voidPromise());
  }

  /** Returns whether the socket's queue is below the limit of {@link #limitQueue}. */
  boolean isWritable() {
    return context.channel().isWritable();
  }

  /**
   * Limits the socket's queue. The channel stops being writable above the limit, and becomes
   * writable again when the queue has drained to half of it.
   */
  void limitQueue(int bytes) {
    context
        .channel()
        .config()
        .setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), bytes));
  }

  /** Returns whether frames are encrypted, so each client has its own copy. */
  boolean isEncrypted() {
    return encrypted;
  }

  void writePing() {
    context.writeAndFlush(PING.duplicate(), context.voidPromise());
  }

  void flush() {
    context.flush();
  }

  /**
   * Sends a close frame after all queued frames, at most once. The connection ends with the
   * client's answer.
   */
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

  /**
   * Returns the bytes that wait in this process for the client to read; 0 if the channel is closed.
   */
  long queuedBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  /**
   * Returns {@link #queuedBytes} without the bytes of the oldest frame that the socket has already
   * accepted.
   */
  long unsentBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes() - queue.currentProgress();
  }

  /**
   * Discards everything that arrives from now on, without decoding it: each frame of a flood would
   * cost as much as a processed one. The bytes are still read; otherwise the client could not
   * receive the close code.
   */
  void discardInbound() {
    if (discarding) {
      return;
    }
    discarding = true;
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
   * Closes the TCP connection immediately, without a close frame and without a TLS alert: an alert
   * would wait behind all that the client does not read.
   */
  void abort() {
    context.pipeline().firstContext().close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && !closeReceived && listener.onFrame()) {
        read(frame);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** Discards the client's messages, but counts them and detects violations. */
  private void read(WebSocketFrame frame) {
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
        inflate(frame);
      } else {
        listener.onMessageBytes(frame.content().readableBytes(), frame.isFinalFragment());
        checkText(frame);
      }
    }
  }

  /** Validates UTF-8. A fragment may end within a character; the last one must not. */
  private void checkText(WebSocketFrame fragment) {
    if (text != NO_TEXT && !closeSent) {
      ByteBuf bytes = fragment.content();
      text = Utf8Validator.after(text, bytes, bytes.readerIndex(), bytes.writerIndex());
      if (text == Utf8Validator.MALFORMED
          || (fragment.isFinalFragment() && text != Utf8Validator.WHOLE)) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
  }

  /** Counts the fragments as they arrive, and then the additional bytes of the inflated message. */
  private void inflate(WebSocketFrame fragment) {
    ByteBuf message = deflated == null ? context.alloc().heapBuffer() : deflated;
    deflated = message;
    int fragmentBytes = fragment.content().readableBytes();
    message.writeBytes(fragment.content());
    listener.onMessageBytes(fragmentBytes, false);
    if (fragment.isFinalFragment() && !closeSent) {
      try {
        int bytes = Objects.requireNonNull(deflate).inflatedBytes(message, text != NO_TEXT);
        listener.onMessageBytes(Math.max(0, bytes - message.readableBytes()), true);
      } catch (DataFormatException notDeflated) {
        violate(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
      }
    }
    if (fragment.isFinalFragment() || closeSent) {
      releaseDeflated();
    }
  }

  private void releaseDeflated() {
    if (deflated != null) {
      deflated.release();
      deflated = null;
    }
  }

  private void violate(WebSocketCloseStatus status) {
    listener.onViolation(status.code());
  }

  /**
   * Answers only while the client reads; otherwise a client that only sends pings would fill the
   * memory with pongs.
   */
  private void answerPing(ByteBuf payload) {
    if (!closeSent && context.channel().isWritable()) {
      ByteBuf pong = Framing.header(Framing.PONG, payload.readableBytes()).writeBytes(payload);
      context.writeAndFlush(pong, context.voidPromise());
    }
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

  /** Echoes the close code, then closes the connection (RFC 6455, 5.5.1 and 7.1.1). */
  private void answerClose(ByteBuf payload) {
    listener.onCloseFrame();
    int codeBytes = Math.min(2, payload.readableBytes());
    writeClose(
        Framing.header(Framing.CLOSE, codeBytes)
            .writeBytes(payload, payload.readerIndex(), codeBytes));
    context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Closes the channel when the client ends its TLS session: no more data can arrive, and data sent
   * would be lost.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      context.channel().close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      listener.onWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    releaseDeflated();
    listener.onClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      // Closing the connection here would leave the client without a close code.
      violate(corrupted.closeStatus());
    } else if (isFault(cause)) {
      listener.onFault(Step.INBOUND, cause);
    } else {
      // Usually the client has reset the connection.
      context.close();
    }
  }

  /**
   * Returns whether the cause is internal, and not the connection, its TLS or the client's data.
   */
  static boolean isFault(Throwable cause) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    return !(root instanceof IOException || root instanceof DecoderException);
  }
}
