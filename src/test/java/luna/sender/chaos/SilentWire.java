package luna.sender.chaos;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A proxy before a Redis that can go silent: bytes in either direction are dropped without an
 * error.
 *
 * <p>Owner: thread-safe.
 */
final class SilentWire implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final NetClient client = vertx.createNetClient();
  private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
  private final NetServer server;
  private volatile int target;
  private volatile boolean silent;

  SilentWire() {
    server = await(vertx.createNetServer().connectHandler(this::connect).listen(0, "127.0.0.1"));
  }

  int port() {
    return server.actualPort();
  }

  void lead(int port) {
    target = port;
  }

  private void connect(NetSocket near) {
    near.pause();
    client
        .connect(target, "127.0.0.1")
        .onFailure(failure -> near.close())
        .onSuccess(
            far -> {
              sockets.add(near);
              sockets.add(far);
              relay(near, far);
              relay(far, near);
              near.resume();
            });
  }

  private void relay(NetSocket from, NetSocket to) {
    from.handler(
        bytes -> {
          if (!silent) {
            to.write(bytes);
          }
        });
    from.closeHandler(
        closed -> {
          sockets.remove(from);
          if (!silent) {
            to.close();
          }
        });
  }

  void goSilent() {
    silent = true;
  }

  /** Closes all connections, because bytes are missing in their streams. */
  void heal() {
    Set<NetSocket> cut = Set.copyOf(sockets);
    silent = false;
    cut.forEach(NetSocket::close);
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
