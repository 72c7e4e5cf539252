package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The Netty channel of one WebSocket, from the 101 to the close: writes frames, and answers the
 * client's control frames. {@link FrameReader} is its inbound half.
 *
 * <p>Why not Vert.x's WebSocket: it encodes and flushes each message for each socket. It also keeps
 * the HTTP request, its routing context and two queues of 4 kB while the socket is open (measured:
 * 18.8 kB of heap for a silent client, instead of 2 kB). So Vert.x handles HTTP up to the 101, and
 * is then notified that its connection has ended; see {@link WebSocketUpgrade}.
 *
 * <p>Owner: confined to the channel's event loop.
 *
 * <p>Source: RFC 6455 sections 5.2 and 5.5; io.netty.handler.codec.http.websocketx.
 */
final class FrameChannel extends FrameReader {
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

    /** Called when the client's close frame arrives. The reply is sent after all queued frames. */
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

  private final CountingPromise countingPromise;

  /**
   * The decoder's context. Only TLS lies between it and the socket, so writes take the shortest
   * path.
   */
  private final ChannelHandlerContext context;

  private final boolean encrypted;
  private boolean closeSent;
  private boolean discarding;

  FrameChannel(
      ChannelPipeline pipeline, Framing framing, @Nullable Deflate deflate, Listener listener) {
    super(listener, deflate);
    this.countingPromise = new CountingPromise(pipeline.channel(), listener);
    WebSocket13FrameDecoder decoder = framing.decoder(deflate != null);
    this.encrypted = pipeline.get(SslHandler.class) != null;
    pipeline.addLast(decoder, this);
    this.context = pipeline.context(decoder);
  }

  /** Returns whether this handler of the pipeline belongs to this channel. */
  boolean isHandler(ChannelHandler handler) {
    return handler == this || handler == context.handler();
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

  /** Runs the task when the socket has accepted everything that is queued now. */
  void whenDrained(Runnable task) {
    context
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            drained -> {
              if (drained.isSuccess()) {
                task.run();
              }
            });
  }

  /**
   * Sends a close frame after all queued frames, at most once. The connection ends with the
   * client's answer.
   */
  void close(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    writeClose(Framing.header(Framing.CLOSE, 2 + text.length).writeShort(code).writeBytes(text));
  }

  @Override
  boolean isCloseSent() {
    return closeSent;
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
   * Returns the bytes that are queued in this process for the client; 0 if the channel is closed.
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
   * would be queued behind everything that the client does not read.
   */
  void abort() {
    context.pipeline().firstContext().close();
  }

  /**
   * Answers only while the client reads; otherwise a client that only sends pings would fill the
   * memory with pongs.
   */
  @Override
  void answerPing(ByteBuf payload) {
    if (!closeSent && context.channel().isWritable()) {
      ByteBuf pong = Framing.header(Framing.PONG, payload.readableBytes()).writeBytes(payload);
      context.writeAndFlush(pong, context.voidPromise());
    }
  }

  /** Echoes the close code, then closes the connection (RFC 6455, 5.5.1 and 7.1.1). */
  @Override
  void answerClose(ByteBuf payload) {
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
      listener.onFault(Step.READ, cause);
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
