package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

/**
 * One stream of an HTTP/2 connection whose client receives Server-Sent Events, from the head of its
 * response to the end of the stream.
 *
 * <p>How: frames are queued in Netty's flow controller, which sends of each stream what the windows
 * of the stream and of the connection admit, and of a connection only what its socket accepts. The
 * queue of this stream is what was written to it and has not been accepted by the socket, so a
 * client that reads one of its streams too slowly fills the queue of that stream only.
 *
 * <p>Why not the response of Vert.x: it copies no bytes either, but it has a queue of its own that
 * cannot be bounded, and flushes each frame.
 *
 * <p>Owner: confined to the connection's event loop.
 *
 * <p>Source: RFC 9113 sections 5.2 and 6.9.
 */
final class Http2SseChannel implements EventStreamChannel {
  /**
   * A larger frame is written in parts, so that a slow client makes progress before the whole frame
   * is accepted.
   */
  private static final int PART_BYTES = 1 << 14;

  private static final IOException CLOSED = new ClosedChannelException();

  private final Http2ConnectionHandler connection;
  private final ChannelHandlerContext context;
  private final int streamId;
  private final Listener listener;

  private long queuedBytes;
  private int limitBytes = Integer.MAX_VALUE;
  private boolean full;
  private boolean closeSent;

  /**
   * @param request whose stream it is
   * @param silence how long the client may leave data of the whole connection unacknowledged
   */
  Http2SseChannel(HttpServerRequest request, Duration silence, Listener listener) {
    this.context = ((ConnectionBase) request.connection()).channelHandlerContext();
    this.connection = (Http2ConnectionHandler) context.handler();
    this.streamId = request.response().streamId();
    this.listener = listener;
    SseChannel.limitSilence(context.channel(), silence);
  }

  /** Returns whether frames can be queued: Netty would lose an end of the stream before them. */
  private boolean isOpen() {
    Http2Stream stream = connection.connection().stream(streamId);
    return !closeSent && stream != null && stream.state().localSideOpen();
  }

  @Override
  public boolean ping() {
    writeUncounted(SseFraming.comment());
    flush();
    return false;
  }

  @Override
  public void close(int code, String reason) {
    if (!closeSent) {
      write(SseFraming.close(code, reason), new Write(0, false), true);
      closeSent = true;
      flush();
    }
  }

  /** Resets the stream; the connection and its other streams stay. */
  @Override
  public void abort() {
    StreamReset.cancel(connection, context, streamId);
  }

  @Override
  public boolean canWriteNow() {
    return false;
  }

  @Override
  public int writeNow(ByteBuf bytes) {
    throw new UnsupportedOperationException("HTTP/2: frames of all streams share a queue");
  }

  @Override
  public void write(ByteBuf frame) {
    write(frame, true);
  }

  @Override
  public void writeUncounted(ByteBuf frame) {
    write(frame, false);
  }

  private void write(ByteBuf frame, boolean counted) {
    while (frame.readableBytes() > PART_BYTES) {
      write(frame.readRetainedSlice(PART_BYTES), new Write(PART_BYTES, false), false);
    }
    write(frame, new Write(frame.readableBytes(), counted), false);
  }

  private void write(ByteBuf frame, Write promise, boolean last) {
    queue(promise.bytes);
    if (isOpen()) {
      connection.encoder().writeData(context, streamId, frame, 0, last, promise);
    } else {
      frame.release();
      promise.failed(CLOSED);
    }
  }

  @Override
  public void flush() {
    connection.flush(context);
  }

  @Override
  public void whenDrained(Runnable task) {
    if (!isOpen()) {
      return;
    }
    ChannelPromise drained = context.newPromise();
    drained.addListener(
        written -> {
          if (written.isSuccess()) {
            task.run();
          }
        });
    connection.encoder().writeData(context, streamId, Unpooled.EMPTY_BUFFER, 0, false, drained);
    flush();
  }

  @Override
  public boolean isWritable() {
    return !full;
  }

  @Override
  public void limitQueue(int bytes) {
    limitBytes = bytes;
  }

  /** Returns true: each client has its own copy as soon as a frame is sent. */
  @Override
  public boolean isEncrypted() {
    return true;
  }

  @Override
  public long queuedBytes() {
    return queuedBytes;
  }

  @Override
  public long unsentBytes() {
    return queuedBytes;
  }

  private void queue(int bytes) {
    queuedBytes += bytes;
    full |= queuedBytes > limitBytes;
  }

  private void unqueue(int bytes) {
    queuedBytes -= bytes;
    if (full && queuedBytes < Math.max(1, limitBytes / 2)) {
      full = false;
      listener.onWritable();
    }
  }

  /** The promise of a frame, or of a part of one. */
  private final class Write extends WritePromise {
    private final int bytes;

    /** Whether it ends a frame that the listener counts. */
    private final boolean counted;

    Write(int bytes, boolean counted) {
      super(context.channel());
      this.bytes = bytes;
      this.counted = counted;
    }

    @Override
    void written() {
      try {
        if (counted) {
          listener.onWritten();
        }
        unqueue(bytes);
      } catch (Throwable fault) {
        listener.onFault(Step.COMPLETE, fault);
      }
    }

    @Override
    void failed(Throwable cause) {
      try {
        if (counted) {
          listener.onWriteFailed();
        }
        queuedBytes -= bytes;
        if (ClientChannel.isFault(cause)) {
          listener.onFault(Step.WRITE, cause);
        }
      } catch (Throwable fault) {
        listener.onFault(Step.COMPLETE, fault);
      }
    }
  }
}
