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
 * Measures on one HTTP/1 connection for how long the current request has been incomplete.
 *
 * <p>How: one handler before the HTTP decoder observes the bytes, another one after it observes the
 * decoded messages. Empty lines between two requests do not start a request.
 *
 * <p>Why: Vert.x reports a request only when its head is complete, so a slow head looks like an
 * idle connection.
 *
 * <p>Owner: confined to the connection's event loop. An upgrade removes both handlers.
 */
final class RequestTimer implements ReadTimer {
  private boolean incomplete;
  private long sinceNanos;

  /** The last four bytes. */
  private int tail;

  /**
   * Whether the last request ended with a body of known length, which has no empty line at its end.
   */
  private boolean endedWithBody;

  private RequestTimer() {}

  static RequestTimer of(HttpConnection connection) {
    RequestTimer timer = new RequestTimer();
    ChannelPipeline pipeline = ((ConnectionBase) connection).channelHandlerContext().pipeline();
    pipeline.addBefore(
        pipeline.context(HttpRequestDecoder.class).name(), null, timer.new BeforeDecoder());
    pipeline.addBefore(pipeline.context(VertxHandler.class).name(), null, timer.new AfterDecoder());
    return timer;
  }

  @Override
  public boolean isLate(long nowNanos, long limitNanos) {
    return incomplete && nowNanos - sinceNanos >= limitNanos;
  }

  private void begin() {
    incomplete = true;
    sinceNanos = System.nanoTime();
  }

  private final class BeforeDecoder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf bytes)) {
        context.fireChannelRead(message);
        return;
      }
      if (!incomplete && !isEmptyLines(bytes)) {
        begin();
      }
      for (int i = Math.max(0, bytes.readableBytes() - 4); i < bytes.readableBytes(); i++) {
        tail = tail << 8 | bytes.getUnsignedByte(bytes.readerIndex() + i);
      }
      boolean wasIncomplete = incomplete;
      context.fireChannelRead(message);
      // The same buffer may contain the start of the next request.
      if (wasIncomplete && !incomplete && !endsComplete()) {
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

  /**
   * Returns whether the received bytes end with a complete request: requests without a body and
   * chunked ones end with an empty line.
   */
  private boolean endsComplete() {
    return (tail & 0xFFFFFF) == 0x0A0D0A || (tail & 0xFFFF) == 0x0A0A || endedWithBody;
  }

  private final class AfterDecoder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof LastHttpContent last) {
        endedWithBody = last.content().isReadable();
        incomplete = false;
      }
      context.fireChannelRead(message);
    }
  }
}
