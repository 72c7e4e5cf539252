package luna.sender.storm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client. It is a decoder of its own, because 10,000 clients of a complete
 * library would use more CPU than the service that is measured.
 *
 * <p>Owner: confined to its event loop.
 */
final class StormClient extends ByteToMessageDecoder {
  private static final ByteBuf NUMBER = ascii("\"event_id\":\"");
  private static final ByteBuf POSITION = ascii("\"position\":\"");
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;

  /** An unfragmented pong without a payload, and its mask. */
  private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};

  private final StormRecord record;
  private final String request;
  private boolean upgraded;

  /**
   * @param path of the request, with the account and the position
   */
  StormClient(StormRecord record, String path) {
    this.record = record;
    this.request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(text, ISO_8859_1));
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.writeAndFlush(ByteBufUtil.writeAscii(context.alloc(), request));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    record.closed(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (!upgraded && !upgrade(context.channel(), in)) {
      return;
    }
    while (in.readableBytes() >= 2) {
      int start = in.readerIndex();
      int length = in.getByte(start + 1);
      int header = length == 127 ? 10 : length == 126 ? 4 : 2;
      if (in.readableBytes() < header) {
        return;
      }
      if (length == 126) {
        length = in.getUnsignedShort(start + 2);
      } else if (length == 127) {
        length = (int) in.getLong(start + 2);
      }
      if (in.readableBytes() < header + length) {
        return;
      }
      frame(context, in.getByte(start) & 15, in.slice(start + header, length));
      in.readerIndex(start + header + length);
    }
  }

  /** Reads the response of the handshake. Returns whether it is complete and a 101. */
  private boolean upgrade(Channel channel, ByteBuf in) {
    int end = ByteBufUtil.indexOf(ascii("\r\n\r\n"), in);
    if (end < 0) {
      return false;
    }
    String head = in.toString(in.readerIndex(), end - in.readerIndex(), ISO_8859_1);
    in.readerIndex(end + 4);
    upgraded = head.startsWith("HTTP/1.1 101");
    if (upgraded) {
      record.opened(this, channel);
    } else {
      record.rejected(head.lines().findFirst().orElse(""));
      channel.close();
    }
    return upgraded;
  }

  private void frame(ChannelHandlerContext context, int opcode, ByteBuf text) {
    switch (opcode) {
      case TEXT -> text(text);
      case PING -> context.writeAndFlush(Unpooled.wrappedBuffer(PONG));
      case CLOSE -> context.close();
      default -> throw new IllegalStateException("opcode: " + opcode + " (expected: text)");
    }
  }

  private void text(ByteBuf text) {
    byte kind = text.getByte(2);
    if (kind == 'e') {
      record.event(Integer.parseInt(value(text, NUMBER, 0)));
    } else if (kind == 'l') {
      record.live();
    } else if (kind == 'r') {
      record.resumed(text.toString(ISO_8859_1));
    } else if (kind == 'g') {
      record.gap();
    }
    String position = position(text);
    if (position != null) {
      record.position = position;
    }
  }

  /** Returns the position, which is the last value of a frame; null if there is none. */
  private static @Nullable String position(ByteBuf text) {
    int tail = Math.max(0, text.readableBytes() - 120);
    return ByteBufUtil.indexOf(POSITION, text.slice(tail, text.readableBytes() - tail)) < 0
        ? null
        : value(text, POSITION, tail);
  }

  private static String value(ByteBuf text, ByteBuf key, int from) {
    ByteBuf rest = text.slice(from, text.readableBytes() - from);
    int start = ByteBufUtil.indexOf(key, rest) + key.readableBytes();
    int end = rest.indexOf(start, rest.readableBytes(), (byte) '"');
    return rest.toString(start, end - start, ISO_8859_1);
  }
}
