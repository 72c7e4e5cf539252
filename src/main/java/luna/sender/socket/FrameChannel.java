package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.util.ReferenceCountUtil;
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

  private boolean closeSent;
  private boolean discarding;

  FrameChannel(
      ChannelPipeline pipeline, Framing framing, @Nullable Deflate deflate, Listener listener) {
    super(pipeline, framing.decoder(deflate != null), listener, deflate);
  }

  @Override
  public FrameForm form(boolean positions) {
    return FrameForm.of(deflate != null, positions);
  }

  @Override
  public ByteBuf message(byte[] text) {
    return Framing.text(text);
  }

  @Override
  public boolean ping() {
    context.writeAndFlush(PING.duplicate(), context.voidPromise());
    return true;
  }

  /**
   * Sends a close frame after all queued frames, at most once. The connection ends with the
   * client's answer.
   */
  @Override
  public void close(int code, String reason) {
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
   * Discards everything that arrives from now on, without decoding it: each frame of a flood would
   * cost as much as a processed one. The bytes are still read; otherwise the client could not
   * receive the close code.
   */
  @Override
  public void discardInbound() {
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

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    releaseDeflated();
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      // Closing the connection here would leave the client without a close code.
      violate(corrupted.closeStatus());
    } else {
      super.exceptionCaught(context, cause);
    }
  }
}
