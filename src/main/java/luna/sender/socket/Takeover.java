package luna.sender.socket;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.util.function.Supplier;

/**
 * Takes over the connection of a request from Vert.x: replaces the HTTP handlers of its pipeline
 * with a {@link ConnectionChannel}.
 *
 * <p>How: relies on two facts, which FrameChannelIT checks: a connection is a {@code
 * ConnectionBase}; its channel has a {@code VertxHandler}.
 */
final class Takeover {
  private Takeover() {}

  static ChannelPipeline pipeline(HttpServerRequest request) {
    return ((ConnectionBase) request.connection()).channelHandlerContext().pipeline();
  }

  /**
   * Adds the channel, and removes the HTTP handlers.
   *
   * @param channel creates the channel, which adds itself to the pipeline
   */
  static <C extends ConnectionChannel> C of(ChannelPipeline pipeline, Supplier<C> channel) {
    try {
      C added = channel.get();
      removeHttpHandlers(pipeline, added);
      pipeline.channel().config().setAutoRead(true);
      return added;
    } catch (Throwable fault) {
      // The channel has neither HTTP handlers nor others now, so nothing else would close it.
      pipeline.channel().close();
      throw fault;
    }
  }

  /** Ends Vert.x's connection without closing the socket, and removes all handlers except TLS. */
  private static void removeHttpHandlers(ChannelPipeline pipeline, ConnectionChannel added) {
    VertxHandler<?> connection = pipeline.get(VertxHandler.class);
    connection.channelInactive(pipeline.context(connection));
    pipeline.remove(connection);
    for (ChannelHandler handler : pipeline.toMap().values()) {
      if (!added.isHandler(handler) && !(handler instanceof SslHandler)) {
        pipeline.remove(handler);
      }
    }
  }
}
