package luna.sender.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * The immediate end of one stream of an HTTP/2 connection; the other streams stay.
 *
 * <p>Source: RFC 9113 section 6.4.
 */
public final class StreamReset {
  private StreamReset() {}

  /** Resets the stream, if it is not closed, and releases its queue. */
  public static void cancel(
      Http2ConnectionHandler connection, ChannelHandlerContext context, int streamId) {
    Http2Stream stream = connection.connection().stream(streamId);
    if (stream != null) {
      connection.resetStream(context, streamId, Http2Error.CANCEL.code(), context.newPromise());
      // Otherwise it would last, with its queue, until the socket accepts the reset.
      connection.closeStream(stream, context.newSucceededFuture());
      connection.flush(context);
    }
  }
}
