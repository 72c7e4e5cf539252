package luna.sender.api;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Percent-encodes what clients leave raw in a URL, such as {@code |} by browsers or UTF-8 by
 * scripts.
 *
 * <p>Why: at an upgrade, Vert.x reads the URL as a {@link java.net.URI}, which refuses it; the
 * client would get a 400 without a body of the contract, for a filter that is right.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Source: https://url.spec.whatwg.org/#query-percent-encode-set
 */
@Sharable
final class RawUrls extends ChannelInboundHandlerAdapter {
  private static final RawUrls INSTANCE = new RawUrls();
  private static final String REFUSED = "\"<>\\^`{|}";

  private RawUrls() {}

  static void escape(HttpConnection connection) {
    ((ConnectionBase) connection)
        .channelHandlerContext()
        .pipeline()
        .addBefore("handler", "luna-urls", INSTANCE);
  }

  /** After the upgrade there are no URLs any more. */
  static void remove(HttpConnection connection) {
    ((ConnectionBase) connection).channelHandlerContext().channel().pipeline().remove(INSTANCE);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request && request.uri().chars().anyMatch(RawUrls::raw)) {
      request.setUri(escaped(request.uri()));
    }
    context.fireChannelRead(message);
  }

  private static boolean raw(int c) {
    return c <= ' ' || c >= 0x7F || REFUSED.indexOf(c) >= 0;
  }

  /** The HTTP decoder makes a char of each byte, so that a char is one escape. */
  private static String escaped(String uri) {
    StringBuilder escaped = new StringBuilder(uri.length() + 32);
    uri.chars()
        .forEach(
            c -> {
              if (raw(c)) {
                escaped.append("%%%02X".formatted(c & 0xFF));
              } else {
                escaped.append((char) c);
              }
            });
    return escaped.toString();
  }
}
