package luna.sender.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.socket.StreamReset;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one HTTP/2 connection, each on a stream of its own, with their deadlines.
 *
 * <p>How: a stream must end within the time of a response, or begin to send events. The connection
 * is idle while it has no streams. A stream whose response has ended before its request is reset,
 * because its client could keep it open.
 *
 * <p>Owner: confined to the connection's event loop.
 *
 * <p>Source: RFC 9113 sections 5.1 and 8.1.
 */
final class Http2Streams extends Http2ConnectionAdapter {
  /** Observes whether the connection is idle. */
  interface Listener {
    void busy();

    void idle();
  }

  private final Http2ConnectionHandler connection;
  private final ChannelHandlerContext context;
  private final long limitNanos;
  private final Listener listener;

  /** By stream ID, without those that send events. */
  private final Map<Integer, Long> deadlineNanos = new HashMap<>();

  private Http2Streams(
      ChannelHandlerContext context,
      Http2ConnectionHandler connection,
      long limitNanos,
      Listener listener) {
    this.context = context;
    this.connection = connection;
    this.limitNanos = limitNanos;
    this.listener = listener;
  }

  /**
   * Observes a new connection. Returns null if it is not an HTTP/2 connection.
   *
   * @param limitNanos from the head of a request to the end of its response
   */
  static @Nullable Http2Streams observe(
      HttpConnection connection, long limitNanos, Listener listener) {
    ChannelHandlerContext context = ((ConnectionBase) connection).channelHandlerContext();
    if (!(context.handler() instanceof Http2ConnectionHandler handler)) {
      return null;
    }
    Http2Streams streams = new Http2Streams(context, handler, limitNanos, listener);
    handler.connection().addListener(streams);
    context.pipeline().addAfter(context.name(), null, streams.new WritabilityCheck());
    return streams;
  }

  /** Returns the timer of what the client sends. */
  ReadTimer timer() {
    return context.pipeline().get(Http2FrameTimer.class);
  }

  /** Ends the time limit of a stream, because it sends events from now on. */
  void unlimit(int streamId) {
    deadlineNanos.remove(streamId);
  }

  /** Resets the streams whose time is over. */
  void resetLate(long nowNanos) {
    List<Integer> late = new ArrayList<>();
    deadlineNanos.forEach(
        (stream, deadline) -> {
          if (nowNanos - deadline >= 0) {
            late.add(stream);
          }
        });
    late.forEach(this::reset);
  }

  private void reset(int streamId) {
    deadlineNanos.remove(streamId);
    StreamReset.cancel(connection, context, streamId);
  }

  /**
   * Reports again to Vert.x which streams are writable.
   *
   * <p>Why: Netty remembers whether the connection was writable, but notices a full socket or a
   * used up window only with the next write. If a stream begins in between, Netty reports nothing
   * when the connection is writable again, and Vert.x never sends the body of its response. Netty
   * checks a stream when its window grows, even by 0.
   */
  private final class WritabilityCheck extends ChannelInboundHandlerAdapter {
    @Override
    public void channelReadComplete(ChannelHandlerContext after) {
      check();
      after.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext after) {
      check();
      after.fireChannelWritabilityChanged();
    }

    private void check() {
      if (context.channel().isWritable()) {
        List.copyOf(deadlineNanos.keySet()).forEach(this::check);
      }
    }

    private void check(int streamId) {
      Http2Stream stream = connection.connection().stream(streamId);
      if (stream == null) {
        return;
      }
      try {
        connection.encoder().flowController().incrementWindowSize(stream, 0);
      } catch (Http2Exception failure) {
        connection.onError(context, true, failure);
      }
    }
  }

  /** Closes the connection, even if the client does not read. */
  void close() {
    context.channel().close();
  }

  @Override
  public void onStreamActive(Http2Stream stream) {
    deadlineNanos.put(stream.id(), System.nanoTime() + limitNanos);
    listener.busy();
  }

  @Override
  public void onStreamHalfClosed(Http2Stream stream) {
    if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
      // Later: Netty has not finished its own work with the end of the response.
      context.executor().execute(() -> endRequest(stream));
    }
  }

  private void endRequest(Http2Stream stream) {
    if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
      connection.resetStream(
          context, stream.id(), Http2Error.NO_ERROR.code(), context.newPromise());
      connection.flush(context);
    }
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    deadlineNanos.remove(stream.id());
    if (connection.connection().numActiveStreams() == 0) {
      listener.idle();
    }
  }
}
