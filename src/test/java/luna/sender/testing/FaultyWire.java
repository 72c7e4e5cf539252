package luna.sender.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/**
 * A proxy to a real server that can go silent: it drops bytes and everything after them, without an
 * error, like a network whose other end has gone.
 *
 * <p>Owner: one test thread.
 */
public final class FaultyWire implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final NetServer server;
  private final NetClient client = vertx.createNetClient();
  private final AtomicInteger connections = new AtomicInteger();

  /**
   * @param swallows whether the connection of this number, from 1, goes silent after these bytes
   *     were sent on it
   */
  public FaultyWire(int port, BiPredicate<Integer, String> swallows) {
    this(port, swallows, UnaryOperator.identity());
  }

  /**
   * @param edit returns the bytes that arrive for these bytes of the server, one per character
   */
  public FaultyWire(int port, BiPredicate<Integer, String> swallows, UnaryOperator<String> edit) {
    server =
        await(
            vertx
                .createNetServer()
                .connectHandler(near -> connect(near, port, swallows, edit))
                .listen(0, "127.0.0.1"));
  }

  private void connect(
      NetSocket near, int port, BiPredicate<Integer, String> swallows, UnaryOperator<String> edit) {
    int number = connections.incrementAndGet();
    Buffer sent = Buffer.buffer();
    near.pause();
    client
        .connect(port, "127.0.0.1")
        .onFailure(failure -> near.close())
        .onSuccess(
            far -> {
              far.handler(
                  bytes -> {
                    byte[] arriving = edit.apply(bytes.toString(ISO_8859_1)).getBytes(ISO_8859_1);
                    if (arriving.length > 0) {
                      near.write(Buffer.buffer(arriving));
                    }
                  });
              far.closeHandler(closed -> near.close());
              near.closeHandler(closed -> far.close());
              near.handler(
                  bytes -> {
                    sent.appendBuffer(bytes);
                    if (!swallows.test(number, sent.toString())) {
                      far.write(bytes);
                    }
                  });
              near.resume();
            });
  }

  public int port() {
    return server.actualPort();
  }

  /** Returns the number of connections that were made through it. */
  public int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
