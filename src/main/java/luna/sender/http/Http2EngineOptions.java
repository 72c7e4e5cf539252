package luna.sender.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.spi.tls.DefaultSslContextFactory;
import io.vertx.core.spi.tls.SslContextFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * The JDK's TLS engine, which adds an {@link Http2FrameTimer} to each connection that has
 * negotiated HTTP/2, and closes those whose first frame does not arrive in time.
 *
 * <p>Why here: Vert.x reports an HTTP/2 connection only after its first frame.
 */
final class Http2EngineOptions extends SSLEngineOptions {
  private final Duration timeout;

  /**
   * @param timeout from the end of the TLS handshake to the end of the first frame
   */
  Http2EngineOptions(Duration timeout) {
    this.timeout = timeout;
  }

  private Http2EngineOptions(Http2EngineOptions other) {
    super(other);
    this.timeout = other.timeout;
  }

  @Override
  public SSLEngineOptions copy() {
    return new Http2EngineOptions(this);
  }

  @Override
  public SslContextFactory sslContextFactory() {
    return new DefaultSslContextFactory(SslProvider.JDK, false) {
      @Override
      public SslContext create() throws SSLException {
        return new ObservedContext(super.create());
      }
    };
  }

  private final class ObservedContext extends DelegatingSslContext {
    ObservedContext(SslContext context) {
      super(context);
    }

    @Override
    protected void initEngine(SSLEngine engine) {
      // It is configured by the wrapped context.
    }

    @Override
    protected void initHandler(SslHandler handler) {
      handler.handshakeFuture().addListener((Future<Channel> done) -> connected(handler, done));
    }

    private void connected(SslHandler handler, Future<Channel> done) {
      if (!done.isSuccess()
          || !ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
        return;
      }
      Channel channel = done.getNow();
      Http2FrameTimer timer = new Http2FrameTimer();
      channel.pipeline().addAfter(channel.pipeline().context(handler).name(), null, timer);
      Future<?> check =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    if (timer.isLate(System.nanoTime(), timeout.toNanos())) {
                      channel.close();
                    }
                  },
                  timeout.toNanos(),
                  TimeUnit.NANOSECONDS);
      channel.closeFuture().addListener(closed -> check.cancel(false));
    }
  }
}
