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
import java.util.function.Predicate;

/**
 * A proxy to a real Redis that can go silent: it drops bytes and everything after them, without an
 * error, like a network whose other end has gone. It can also lose single replies.
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
    this(port, swallows, reply -> false);
  }

  /**
   * @param loses whether this reply or push message of the server is lost, one character per byte
   */
  public FaultyWire(int port, BiPredicate<Integer, String> swallows, Predicate<String> loses) {
    server =
        await(
            vertx
                .createNetServer()
                .connectHandler(near -> connect(near, port, swallows, loses))
                .listen(0, "127.0.0.1"));
  }

  private void connect(
      NetSocket near, int port, BiPredicate<Integer, String> swallows, Predicate<String> loses) {
    int number = connections.incrementAndGet();
    Buffer sent = Buffer.buffer();
    RespSplitter replies = new RespSplitter();
    near.pause();
    client
        .connect(port, "127.0.0.1")
        .onFailure(failure -> near.close())
        .onSuccess(
            far -> {
              far.handler(
                  bytes -> {
                    Buffer arriving = Buffer.buffer();
                    for (String reply : replies.add(bytes.toString(ISO_8859_1))) {
                      if (!loses.test(reply)) {
                        arriving.appendString(reply, "ISO-8859-1");
                      }
                    }
                    if (arriving.length() > 0) {
                      near.write(arriving);
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
