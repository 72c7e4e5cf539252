package luna.sender.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Measures on one HTTP/2 connection for how long the current frame, or the current head of a
 * request in several frames, has been incomplete. The preface and the first frame count as one.
 *
 * <p>Why: Netty reports a frame only when it is complete, and Vert.x a connection only with its
 * first frame. So a client that sends nothing, or a byte from time to time, would look idle or not
 * exist at all.
 *
 * <p>How: a handler between TLS and the HTTP/2 decoder skips from one frame header to the next.
 *
 * <p>Owner: confined to the connection's event loop.
 *
 * <p>Source: RFC 9113 sections 3.4, 4.1 and 4.3.
 */
final class Http2FrameTimer extends ChannelInboundHandlerAdapter implements ReadTimer {
  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;
  private static final int LENGTH_BYTES = 3;
  private static final int TYPE_INDEX = 3;
  private static final int FLAGS_INDEX = 4;
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  /** The bytes of the preface or of a payload that have not arrived. */
  private int payloadLeft = PREFACE_BYTES;

  /** How many bytes of a frame header have arrived. */
  private int headerRead;

  private int length;
  private boolean complete;
  private boolean headOpen;
  private long sinceNanos = System.nanoTime();

  /**
   * Adds a timer to a connection as soon as it has negotiated HTTP/2, and closes the connection if
   * its first frame does not arrive in time: Vert.x reports it only after that frame.
   *
   * @param timeout from the end of the TLS handshake to the end of the first frame
   */
  static void observe(SslHandler handler, Duration timeout) {
    handler
        .handshakeFuture()
        .addListener(
            (Future<Channel> done) -> {
              if (done.isSuccess()
                  && ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
                addTo(done.getNow(), handler, timeout.toNanos());
              }
            });
  }

  private static void addTo(Channel channel, SslHandler handler, long timeoutNanos) {
    Http2FrameTimer timer = new Http2FrameTimer();
    channel.pipeline().addAfter(channel.pipeline().context(handler).name(), null, timer);
    Future<?> check =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  if (timer.isLate(System.nanoTime(), timeoutNanos)) {
                    channel.close();
                  }
                },
                timeoutNanos,
                TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(closed -> check.cancel(false));
  }

  @Override
  public boolean isLate(long nowNanos, long limitNanos) {
    return !complete && nowNanos - sinceNanos >= limitNanos;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes) {
      read(bytes);
    }
    context.fireChannelRead(message);
  }

  private void read(ByteBuf bytes) {
    int index = bytes.readerIndex();
    while (index < bytes.writerIndex()) {
      if (complete) {
        complete = false;
        sinceNanos = System.nanoTime();
      }
      if (payloadLeft > 0) {
        int read = Math.min(payloadLeft, bytes.writerIndex() - index);
        index += read;
        payloadLeft -= read;
      } else {
        header(bytes.getUnsignedByte(index));
        index++;
        headerRead++;
      }
      if (payloadLeft == 0 && headerRead == HEADER_BYTES) {
        headerRead = 0;
        complete = !headOpen;
      }
    }
  }

  private void header(int next) {
    if (headerRead < LENGTH_BYTES) {
      length = (headerRead == 0 ? 0 : length << 8) | next;
    } else if (headerRead == TYPE_INDEX) {
      headOpen = next == HEADERS || (headOpen && next == CONTINUATION);
    } else if (headerRead == FLAGS_INDEX) {
      headOpen &= (next & END_HEADERS) == 0;
    } else if (headerRead == HEADER_BYTES - 1) {
      payloadLeft = length;
    }
  }
}
