package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import luna.sender.event.Event;

/**
 * The Netty channel under one upgraded WebSocket: the only place that knows its pipeline.
 *
 * <p>Why not Vert.x's own API: it wraps, encodes and flushes a message for each socket. Here a
 * frame that is encoded once is written below the WebSocket encoder, and the caller says when to
 * flush. What this relies on, and FrameChannelIT checks: an upgraded channel has handlers {@code
 * wsencoder} and {@code handler}; a connection is a {@code ConnectionBase}.
 *
 * <p>Owner: confined to the channel's event loop.
 *
 * <p>Source: RFC 6455 section 5.2; io.netty.handler.codec.http.websocketx.
 */
final class FrameChannel {
  private static final int TEXT_FINAL = 0x81;
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

    /** The oldest frame on its way was taken by the socket. */
    void written();

    /** The oldest frame on its way will never be written: the connection is gone. */
    void failed();
  }

  private final Channel channel;
  private final ChannelHandlerContext encoder;
  private final ChannelPromise outcome;
  private final ChannelPromise unwatched;

  private FrameChannel(Channel channel, Listener listener) {
    this.channel = channel;
    this.encoder = channel.pipeline().context("wsencoder");
    this.outcome = new Outcome(channel, listener);
    this.unwatched = channel.voidPromise();
    channel.pipeline().addBefore("handler", "luna", new Guard(listener));
  }

  /** Takes over the channel of a connection that has just been upgraded. */
  static FrameChannel of(HttpConnection upgraded, Listener listener) {
    return new FrameChannel(
        ((ConnectionBase) upgraded).channelHandlerContext().channel(), listener);
  }

  /** The event's frame, header and all, unmasked; the caller releases it. */
  static ByteBuf frame(Event event) {
    int length = event.textBytes();
    ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(length + 10);
    frame.writeByte(TEXT_FINAL);
    if (length <= 125) {
      frame.writeByte(length);
    } else if (length <= 0xFFFF) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
    event.writeText(frame);
    return frame;
  }

  /** Puts a frame into the socket's queue without flushing it; takes over the reference. */
  void write(ByteBuf frame) {
    encoder.write(frame, outcome);
  }

  void writePing() {
    encoder.writeAndFlush(PING.duplicate(), unwatched);
  }

  void flush() {
    encoder.flush();
  }

  /** Bytes that wait in this process for the client to read; 0 once the channel is closed. */
  long queuedBytes() {
    ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  /** Ends the TCP connection without a close frame, which Vert.x would make of a close above. */
  void cut() {
    encoder.close();
  }

  /** Reads nothing of the client's messages, but counts them and stops misbehaviour. */
  private static final class Guard extends ChannelInboundHandlerAdapter {
    private final Listener listener;

    Guard(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof WebSocketFrame frame)) {
        context.fireChannelRead(message);
        return;
      }
      boolean control =
          frame instanceof CloseWebSocketFrame
              || frame instanceof PingWebSocketFrame
              || frame instanceof PongWebSocketFrame;
      listener.inbound(
          control ? 0 : frame.content().readableBytes(), !control && frame.isFinalFragment());
      if (control) {
        context.fireChannelRead(message);
      } else {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof CorruptedWebSocketFrameException corrupted) {
        // Vert.x would cut the connection here, and the client would never learn why.
        listener.violated(corrupted.closeStatus().code());
      } else {
        context.fireExceptionCaught(cause);
      }
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
    public boolean trySuccess(Void result) {
      listener.written();
      return true;
    }

    @Override
    public boolean trySuccess() {
      return trySuccess(null);
    }

    @Override
    public ChannelPromise setSuccess(Void result) {
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
