package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The Netty channel of one client after the head of its response: the part that does not depend on
 * the protocol of the stream, a WebSocket ({@link FrameChannel}) or Server-Sent Events ({@link
 * SseChannel}).
 *
 * <p>Why a superclass: the methods that each delivery calls are final, so they are inlined whatever
 * the protocol of the client.
 *
 * <p>Owner: confined to the channel's event loop.
 */
abstract class ClientChannel extends ChannelInboundHandlerAdapter {
  /** Receives what the client sends, and the result of each written frame. */
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

  final Listener listener;

  /** The context to write from. Only TLS lies between it and the socket. */
  final ChannelHandlerContext context;

  private final CountingPromise countingPromise;
  private final boolean encrypted;

  /**
   * Adds itself to the pipeline.
   *
   * @param decoder the handler before this one; null for a stream that needs none
   */
  @SuppressWarnings("this-escape") // All happens on the channel's event loop.
  ClientChannel(ChannelPipeline pipeline, @Nullable ChannelHandler decoder, Listener listener) {
    this.listener = listener;
    this.countingPromise = new CountingPromise(pipeline.channel(), listener);
    this.encrypted = pipeline.get(SslHandler.class) != null;
    if (decoder != null) {
      pipeline.addLast(decoder);
    }
    pipeline.addLast(this);
    this.context = pipeline.context(decoder == null ? this : decoder);
  }

  /** Returns whether this handler of the pipeline belongs to this channel. */
  final boolean isHandler(ChannelHandler handler) {
    return handler == this || handler == context.handler();
  }

  /**
   * Returns the form of this client's frames.
   *
   * @param positions whether the client gets the positions of its events
   */
  abstract FrameForm form(boolean positions);

  /** Returns a frame with a message that is not an event. */
  abstract ByteBuf message(byte[] text);

  /**
   * Sends a sign of life.
   *
   * @return whether the client must answer it
   */
  abstract boolean ping();

  /**
   * Ends the stream after all queued frames, at most once, and says why. The connection ends when
   * the client has read that.
   */
  abstract void close(int code, String reason);

  /** Discards everything that arrives from now on, without decoding it. */
  abstract void discardInbound();

  /** Queues a frame without flushing; takes over the reference. */
  final void write(ByteBuf frame) {
    context.write(frame, countingPromise);
  }

  /** Queues a frame that is not an event; takes over the reference. */
  final void writeUncounted(ByteBuf frame) {
    context.write(frame, context.voidPromise());
  }

  final void flush() {
    context.flush();
  }

  /** Runs the task when the socket has accepted everything that is queued now. */
  final void whenDrained(Runnable task) {
    context
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            drained -> {
              if (drained.isSuccess()) {
                task.run();
              }
            });
  }

  /** Returns whether the socket's queue is below the limit of {@link #limitQueue}. */
  final boolean isWritable() {
    return context.channel().isWritable();
  }

  /**
   * Limits the socket's queue. The channel stops being writable above the limit, and becomes
   * writable again when the queue has drained to half of it.
   */
  final void limitQueue(int bytes) {
    context
        .channel()
        .config()
        .setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), bytes));
  }

  /** Returns whether frames are encrypted, so each client has its own copy. */
  final boolean isEncrypted() {
    return encrypted;
  }

  /**
   * Returns the bytes that are queued in this process for the client; 0 if the channel is closed.
   */
  final long queuedBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  /**
   * Returns {@link #queuedBytes} without the bytes of the oldest frame that the socket has already
   * accepted.
   */
  final long unsentBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes() - queue.currentProgress();
  }

  /**
   * Closes the TCP connection immediately, without a last message and without a TLS alert: an alert
   * would be queued behind everything that the client does not read.
   */
  final void abort() {
    context.pipeline().firstContext().close();
  }

  /**
   * Closes the channel when the client ends its TLS session: no more data can arrive, and data sent
   * would be lost.
   */
  @Override
  public final void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      context.channel().close();
    }
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      listener.onWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    listener.onClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (isFault(cause)) {
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
