package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The Netty channel of one client that has a connection of its own: the part that does not depend
 * on the protocol, a WebSocket ({@link FrameChannel}) or Server-Sent Events over HTTP/1.1 ({@link
 * SseChannel}).
 *
 * <p>Why a superclass: the methods that each delivery calls are final, so they are inlined whatever
 * the protocol of the client.
 *
 * <p>Owner: confined to the channel's event loop.
 */
abstract class ConnectionChannel extends ChannelInboundHandlerAdapter implements ClientChannel {
  final Listener listener;

  /** The context to write from. Only TLS lies between it and the socket. */
  final ChannelHandlerContext context;

  private final CountingPromise countingPromise;

  /** The socket to write to without a detour; null where the transport is not epoll. */
  private final @Nullable EpollSocketChannel socket;

  /** Null without TLS. */
  private final @Nullable TlsWriter tls;

  /**
   * Adds itself to the pipeline.
   *
   * @param decoder the handler before this one; null for a stream that needs none
   */
  @SuppressWarnings("this-escape") // All happens on the channel's event loop.
  ConnectionChannel(ChannelPipeline pipeline, @Nullable ChannelHandler decoder, Listener listener) {
    this.listener = listener;
    this.countingPromise = new CountingPromise(pipeline.channel(), listener);
    SslHandler handler = pipeline.get(SslHandler.class);
    this.tls = handler == null ? null : new TlsWriter(handler.engine(), pipeline.context(handler));
    this.socket = pipeline.channel() instanceof EpollSocketChannel epoll ? epoll : null;
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
   * {@inheritDoc}
   *
   * <p>A file descriptor that is closed may already belong to another connection, so the channel
   * must be active. That changes on the event loop only. What waits in Netty's TLS handler counts
   * as queued.
   */
  @Override
  public final boolean canWriteNow() {
    return socket != null && socket.isActive() && queuedBytes() == 0;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Why: a write through Netty's queue touches ten more cache lines: the queue, its entry, the
   * promise, and the state of the flush.
   *
   * <p>Errors: left to the next queued write, which fails for the same reason.
   */
  @Override
  public final int writeNow(ByteBuf bytes) {
    if (socket == null) {
      return 0;
    }
    if (tls != null) {
      return tls.write(socket, bytes);
    }
    // Its write() would be 0.3 us slower: the kernel's path for files.
    Socket descriptor = (Socket) socket.fd();
    try {
      if (bytes.hasMemoryAddress()) {
        return descriptor.sendAddress(
            bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
      }
      ByteBuffer buffer = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
      return descriptor.send(buffer, buffer.position(), buffer.limit());
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public final int begunBytes(int acceptedBytes) {
    return tls == null ? acceptedBytes : tls.encryptedBytes();
  }

  @Override
  public final void countBegun(int frames) {
    for (int i = 0; tls != null && i < frames; i++) {
      tls.afterEncrypted(countingPromise);
    }
  }

  @Override
  public final void write(ByteBuf frame) {
    context.write(frame, countingPromise);
  }

  @Override
  public final void writeUncounted(ByteBuf frame) {
    context.write(frame, context.voidPromise());
  }

  @Override
  public final void flush() {
    context.flush();
  }

  @Override
  public final void whenDrained(Runnable task) {
    context
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            drained -> {
              if (drained.isSuccess()) {
                task.run();
              }
            });
  }

  @Override
  public final boolean isWritable() {
    return context.channel().isWritable();
  }

  @Override
  public final void limitQueue(int bytes) {
    context
        .channel()
        .config()
        .setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), bytes));
  }

  @Override
  public final boolean isEncrypted() {
    return tls != null;
  }

  @Override
  public final long queuedBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  @Override
  public final long unsentBytes() {
    ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes() - queue.currentProgress();
  }

  /**
   * Closes the TCP connection immediately, without a last message and without a TLS alert: an alert
   * would be queued behind everything that the client does not read.
   */
  @Override
  public final void abort() {
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
    if (ClientChannel.isFault(cause)) {
      listener.onFault(Step.READ, cause);
    } else {
      // Usually the client has reset the connection.
      context.close();
    }
  }
}
