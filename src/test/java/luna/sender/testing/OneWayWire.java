package luna.sender.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * A proxy to a real server on which one direction can go silent while the other one works, or the
 * responses can be slow.
 *
 * <p>Owner: one test thread.
 */
public final class OneWayWire implements AutoCloseable {
  /** The direction whose bytes are dropped. */
  public enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  private static final int SLICE_MILLIS = 20;

  private final Vertx vertx = Vertx.vertx();
  private final NetClient client = vertx.createNetClient();
  private final NetServer server;
  private final int port;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private volatile Direction silentFromTheStart;
  private volatile int bytesPerSecond;

  /** Confined to one event loop, except its flags. */
  private static final class Connection {
    final Buffer sent = Buffer.buffer();
    volatile String text = "";
    volatile Direction silent;
    Buffer waiting = Buffer.buffer();
  }

  /** Creates a proxy on a port that no client occupies while the proxy is closed. */
  public OneWayWire(int port) {
    this("127.0.0.1", FreePorts.next(), port);
  }

  /** Creates a proxy for this address and port. */
  public OneWayWire(String address, int ownPort, int port) {
    this.port = port;
    server = await(vertx.createNetServer().connectHandler(this::connect).listen(ownPort, address));
  }

  private void connect(NetSocket near) {
    Connection connection = new Connection();
    connection.silent = silentFromTheStart;
    connections.add(connection);
    near.pause();
    client
        .connect(port, "127.0.0.1")
        .onFailure(failure -> near.close())
        .onSuccess(far -> relay(connection, near, far));
  }

  private void relay(Connection connection, NetSocket near, NetSocket far) {
    near.handler(
        bytes -> {
          connection.text = connection.sent.appendBuffer(bytes).toString(ISO_8859_1);
          if (connection.silent != Direction.TO_SERVER) {
            far.write(bytes);
          }
        });
    far.handler(
        bytes -> {
          if (connection.silent == Direction.TO_CLIENT) {
            return;
          }
          connection.waiting.appendBuffer(bytes);
          if (bytesPerSecond == 0) {
            send(connection, near, connection.waiting.length());
          }
        });
    long slices =
        vertx.setPeriodic(
            SLICE_MILLIS,
            timer -> {
              int slice = bytesPerSecond * SLICE_MILLIS / 1000;
              if (slice > 0) {
                send(connection, near, Math.min(slice, connection.waiting.length()));
              }
            });
    near.closeHandler(
        closed -> {
          vertx.cancelTimer(slices);
          far.close();
        });
    far.closeHandler(closed -> near.close());
    near.resume();
  }

  private static void send(Connection connection, NetSocket near, int length) {
    if (length > 0) {
      Buffer all = connection.waiting;
      connection.waiting = all.getBuffer(length, all.length());
      near.write(all.getBuffer(0, length));
    }
  }

  public int port() {
    return server.actualPort();
  }

  /** Returns the number of connections that were made through it. */
  public int connections() {
    return connections.size();
  }

  /**
   * Silences the current connections on which this was sent; new ones work.
   *
   * @return the number of silenced connections
   */
  public int silence(Direction direction, Predicate<String> sent) {
    int silenced = 0;
    for (Connection connection : connections) {
      if (sent.test(connection.text)) {
        connection.silent = direction;
        silenced++;
      }
    }
    return silenced;
  }

  /** Silences all future connections. */
  public void silenceFromTheStart(Direction direction) {
    silentFromTheStart = direction;
  }

  /** Limits the rate of the server's bytes. */
  public void slowDown(int bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
