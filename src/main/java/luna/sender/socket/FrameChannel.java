package luna.sender.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

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
  private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int FINAL = 0x80;
  private static final int TEXT = FINAL | 0x1;
  private static final int CLOSE = FINAL | 0x8;
  private static final int PONG = FINAL | 0xA;
  private static final ByteBuf PING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(2, 2).writeBytes(new byte[] {(byte) 0x89, 0}).asReadOnly());

  /** Told what comes from the client and what becomes of each frame. */
  interface Listener {
    /**
     * A frame came: the client lives. A control frame has no bytes of a message and is not the last
     * of one, for it may come between two that are.
     */
    void inbound(int messageBytes, boolean last);

    /** The client sent what is no WebSocket frame, or a too large one; nothing more is read. */
    void violated(int closeCode);

    /** The client's close frame came; it is answered behind what waits. */
    void closing();

    /** The connection is gone. */
    void closed();

    /** The oldest frame on its way was taken by the socket. */
    void written();

    /** The oldest frame on its way will never be written: the connection is gone. */
    void failed();
  }

  private final Listener listener;
  private final Outcome outcome;
  private final ChannelHandlerContext context;
  private boolean closeSent;
  private boolean closeReceived;

  private FrameChannel(ChannelPipeline pipeline, WebSocketDecoderConfig limits, Listener listener) {
    this.listener = listener;
    this.outcome = new Outcome(pipeline.channel(), listener);
    pipeline.addLast(new WebSocket13FrameDecoder(limits), this);
    this.context = pipeline.lastContext();
  }

  /**
   * Answers a valid handshake with 101 and takes its connection over; {@link #flush} sends the 101.
   */
  static FrameChannel upgrade(
      HttpServerRequest request, WebSocketDecoderConfig limits, Listener listener) {
    HttpServerResponse response = request.response();
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
    FrameChannel upgraded = new FrameChannel(pipeline, limits, listener);
    dismissHttp(pipeline, upgraded.context);
    pipeline.channel().config().setAutoRead(true);
    return upgraded;
  }

  /** Ends Vert.x's connection without closing the socket, and removes all handlers but TLS. */
  private static void dismissHttp(ChannelPipeline pipeline, ChannelHandlerContext own) {
    VertxHandler<?> connection = pipeline.get(VertxHandler.class);
    connection.channelInactive(pipeline.context(connection));
    pipeline.remove(connection);
    for (Map.Entry<String, ChannelHandler> handler : pipeline.toMap().entrySet()) {
      boolean decoder = handler.getValue() instanceof WebSocket13FrameDecoder;
      if (handler.getValue() != own.handler()
          && !decoder
          && !(handler.getValue() instanceof SslHandler)) {
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

  /** The event's frame, header and all, unmasked; the caller releases it. */
  static ByteBuf frame(Event event) {
    int length = event.textBytes();
    ByteBuf frame = header(TEXT, length);
    event.writeText(frame);
    return frame;
  }

  /** A new buffer with a frame's header, and room for its payload. */
  private static ByteBuf header(int first, int length) {
    ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(length + 10);
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

  /** Puts a frame into the socket's queue without flushing it; takes over the reference. */
  void write(ByteBuf frame) {
    context.write(frame, outcome);
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
    writeClose(header(CLOSE, 2 + text.length).writeShort(code).writeBytes(text));
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

  /** Ends the TCP connection without a word. */
  void cut() {
    context.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && !closeReceived) {
        read(frame);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** Reads nothing of the client's messages, but counts them and stops misbehaviour. */
  private void read(WebSocketFrame frame) {
    if (frame instanceof CloseWebSocketFrame) {
      answerClose(frame.content());
    } else if (frame instanceof PingWebSocketFrame) {
      listener.inbound(0, false);
      answerPing(frame.content());
    } else if (frame instanceof PongWebSocketFrame) {
      listener.inbound(0, false);
    } else {
      listener.inbound(frame.content().readableBytes(), frame.isFinalFragment());
    }
  }

  /** Only while the client reads: one that sends pings alone would fill the memory with pongs. */
  private void answerPing(ByteBuf payload) {
    if (!closeSent && context.channel().isWritable()) {
      ByteBuf pong = header(PONG, payload.readableBytes()).writeBytes(payload);
      context.writeAndFlush(pong, context.voidPromise());
    }
  }

  /** The same code comes back, and the connection ends behind it (RFC 6455, 5.5.1 and 7.1.1). */
  private void answerClose(ByteBuf payload) {
    closeReceived = true;
    listener.closing();
    int codeBytes = Math.min(2, payload.readableBytes());
    writeClose(header(CLOSE, codeBytes).writeBytes(payload, payload.readerIndex(), codeBytes));
    context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    listener.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      // To cut the connection here would leave the client without a reason.
      listener.violated(corrupted.closeStatus().code());
    } else {
      // Most often a connection that the client has reset.
      context.close();
    }
  }

  /**
   * One promise for all of a channel's frames: never done, it only counts. A promise per frame
   * would be an allocation per delivery, and a void one would leave us not knowing what was
   * delivered.
   */
  private static final class Outcome extends DefaultChannelPromise {
    private final Listener listener;

    Outcome(Channel channel, Listener listener) {
      super(channel);
      this.listener = listener;
    }

    @Override
    public boolean setUncancellable() {
      return true;
    }

    @Override
    public boolean trySuccess(@Nullable Void result) {
      listener.written();
      return true;
    }

    @Override
    public boolean trySuccess() {
      return trySuccess(null);
    }

    @Override
    public ChannelPromise setSuccess(@Nullable Void result) {
      trySuccess(null);
      return this;
    }

    @Override
    public ChannelPromise setSuccess() {
      return setSuccess(null);
    }

    @Override
    public boolean tryFailure(Throwable cause) {
      listener.failed();
      return true;
    }

    @Override
    public ChannelPromise setFailure(Throwable cause) {
      tryFailure(cause);
      return this;
    }
  }
}
