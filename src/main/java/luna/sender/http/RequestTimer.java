package luna.sender.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;

/**
 * Watches the bytes of one HTTP connection: since when a request has been coming that is not whole.
 *
 * <p>Shape: a handler before the decoder sees the bytes, one behind it sees what they come to.
 * Empty lines between two requests are no request.
 *
 * <p>Why: Vert.x shows a request when its head is whole, so a head that trickles in looks like an
 * idle connection.
 *
 * <p>Owner: confined to the connection's event loop. An upgrade removes both handlers.
 */
final class RequestTimer {
  private boolean coming;
  private long sinceNanos;

  /** The last four bytes. */
  private int tail;

  /** The last request had a body of a given length, whose end is no line. */
  private boolean bodyBehindHead;

  private RequestTimer() {}

  static RequestTimer of(HttpConnection connection) {
    RequestTimer watch = new RequestTimer();
    ChannelPipeline pipeline = ((ConnectionBase) connection).channelHandlerContext().pipeline();
    pipeline.addBefore(
        pipeline.context(HttpRequestDecoder.class).name(), null, watch.new BeforeDecoder());
    pipeline.addBefore(
        pipeline.context(VertxHandler.class).name(), null, watch.new BehindDecoder());
    return watch;
  }

  /** Whether a request has been coming for so long, and is not whole yet. */
  boolean isLate(long nowNanos, long boundNanos) {
    return coming && nowNanos - sinceNanos >= boundNanos;
  }

  private void begin() {
    coming = true;
    sinceNanos = System.nanoTime();
  }

  private final class BeforeDecoder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf bytes)) {
        context.fireChannelRead(message);
        return;
      }
      if (!coming && !isEmptyLines(bytes)) {
        begin();
      }
      for (int i = Math.max(0, bytes.readableBytes() - 4); i < bytes.readableBytes(); i++) {
        tail = tail << 8 | bytes.getUnsignedByte(bytes.readerIndex() + i);
      }
      boolean wasComing = coming;
      context.fireChannelRead(message);
      // The start of the next request may lie behind the end of this one.
      if (wasComing && !coming && !endsWithAnEmptyLine()) {
        begin();
      }
    }
  }

  private static boolean isEmptyLines(ByteBuf bytes) {
    for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
      byte b = bytes.getByte(i);
      if (b != '\r' && b != '\n') {
        return false;
      }
    }
    return true;
  }

  /** As a request without a body does, and the last chunk of one with chunks. */
  private boolean endsWithAnEmptyLine() {
    return (tail & 0xFFFFFF) == 0x0A0D0A || (tail & 0xFFFF) == 0x0A0A || bodyBehindHead;
  }

  private final class BehindDecoder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof LastHttpContent last) {
        bodyBehindHead = last.content().isReadable();
        coming = false;
      }
      context.fireChannelRead(message);
    }
  }
}
