package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * Encrypts bytes with the engine of a connection and writes them to its socket at once, past
 * Netty's TLS handler and its queues.
 *
 * <p>Why: the handler has a queue of its own, and allocates and queues a buffer for each record.
 *
 * <p>How: it may be used only while nothing waits in the TLS handler. What the engine has encrypted
 * cannot be withdrawn, so the rest that the socket does not accept is queued behind the TLS
 * handler. Therefore no more is encrypted at once than the client's queue may have; a queue that is
 * smaller than a record is left to the TLS handler.
 *
 * <p>Errors: an error of the engine is reported to the next handler, which closes the connection.
 * It is reported in a later task, because this writer still uses the socket.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class TlsWriter {
  /** The content of a TLS record. */
  private static final int RECORD_BYTES = 1 << 14;

  /** More than a record with its header and padding; the engine requires the room for it. */
  private static final int RECORD_ROOM_BYTES = 20_000;

  private static final int ROUND_BYTES = 8 * RECORD_BYTES;

  private static final int BUFFER_BYTES = ROUND_BYTES + RECORD_ROOM_BYTES;

  /** Encrypted bytes, between the engine and the socket. */
  private static final FastThreadLocal<ByteBuffer> BUFFER =
      new FastThreadLocal<>() {
        @Override
        protected ByteBuffer initialValue() {
          return ByteBuffer.allocateDirect(BUFFER_BYTES);
        }
      };

  private final SSLEngine engine;
  private final ChannelHandlerContext handler;

  /** How many of the last bytes to write are encrypted. */
  private int encryptedBytes;

  /**
   * @param handler the context of the TLS handler
   */
  TlsWriter(SSLEngine engine, ChannelHandlerContext handler) {
    this.engine = engine;
    this.handler = handler;
  }

  /** Allocates the memory of this event loop, so that a connection does not have to. */
  static void prepare() {
    BUFFER.get();
  }

  /**
   * Writes bytes as {@link ClientChannel#writeNow}. Bytes that are encrypted together are accepted
   * together.
   */
  int write(EpollSocketChannel socket, ByteBuf bytes) {
    ByteBuffer source = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
    ByteBuffer target = BUFFER.get();
    int start = source.position();
    int end = source.limit();
    int accepted = 0;
    encryptedBytes = 0;
    int limit = Math.min(ROUND_BYTES, socket.config().getWriteBufferHighWaterMark());
    boolean ready =
        limit >= RECORD_BYTES && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    while (ready && source.position() < end) {
      target.clear();
      encrypt(source, Math.min(end, source.position() + limit), target);
      source.limit(end);
      target.flip();
      encryptedBytes = source.position() - start;
      if (!target.hasRemaining()) {
        break;
      }
      send(socket, target);
      if (target.hasRemaining()) {
        handler.write(
            Unpooled.directBuffer(target.remaining()).writeBytes(target), handler.voidPromise());
        break;
      }
      accepted = encryptedBytes;
    }
    return accepted;
  }

  /** As {@link ClientChannel#begunBytes}. */
  int encryptedBytes() {
    return encryptedBytes;
  }

  /** Completes the promise when the socket has accepted everything that is encrypted. */
  void afterEncrypted(ChannelPromise promise) {
    handler.write(Unpooled.EMPTY_BUFFER, promise);
  }

  /** Encrypts until the end, or until the target is full or the engine cannot go on. */
  private void encrypt(ByteBuffer source, int end, ByteBuffer target) {
    try {
      while (source.position() < end && target.remaining() >= RECORD_ROOM_BYTES) {
        source.limit(Math.min(end, source.position() + RECORD_BYTES));
        SSLEngineResult result = engine.wrap(source, target);
        boolean idle = result.bytesConsumed() == 0 && result.bytesProduced() == 0;
        if (idle || result.getStatus() != SSLEngineResult.Status.OK) {
          return;
        }
      }
    } catch (SSLException e) {
      handler.executor().execute(() -> handler.fireExceptionCaught(e));
    }
  }

  private static void send(EpollSocketChannel socket, ByteBuffer target) {
    try {
      int written = ((Socket) socket.fd()).send(target, target.position(), target.limit());
      target.position(target.position() + Math.max(0, written));
    } catch (IOException e) {
      // The queued rest meets it too.
    }
  }
}
