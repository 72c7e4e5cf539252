package luna.sender.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;

/**
 * The Netty channel of one client that receives Server-Sent Events over HTTP/1.1, from the head of
 * its response to the end of the connection.
 *
 * <p>How: the client never sends anything, so a client that has vanished is only noticed because it
 * does not acknowledge what is sent to it, at least a comment in each ping interval. Where the
 * transport allows it, the kernel closes such a connection after the given time.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class SseChannel extends ConnectionChannel implements EventStreamChannel {
  /** The name of an option that only native transports have, each with a class of its own. */
  private static final String USER_TIMEOUT = "#TCP_USER_TIMEOUT";

  private boolean closed;

  /**
   * @param silence how long the client may leave data unacknowledged
   */
  SseChannel(ChannelPipeline pipeline, Duration silence, Listener listener) {
    super(pipeline, null, listener);
    limitSilence(pipeline.channel(), silence);
  }

  /** Lets the kernel close a connection whose client acknowledges nothing for this long. */
  @SuppressWarnings("unchecked") // The native transports define it as a number.
  static void limitSilence(Channel channel, Duration silence) {
    for (ChannelOption<?> option : channel.config().getOptions().keySet()) {
      if (option.name().endsWith(USER_TIMEOUT)) {
        channel
            .config()
            .setOption((ChannelOption<Integer>) option, Math.toIntExact(silence.toMillis()));
      }
    }
  }

  @Override
  public boolean ping() {
    context.writeAndFlush(SseFraming.comment(), context.voidPromise());
    return false;
  }

  @Override
  public void close(int code, String reason) {
    if (!closed) {
      closed = true;
      context
          .writeAndFlush(SseFraming.close(code, reason))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }
}
