package luna.sender.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A listening socket of this process that passes connections on; each connection has threads of its
 * own.
 *
 * <p>Owner: one test thread.
 */
abstract class TcpProxy implements AutoCloseable {
  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** Work that ends with an exception when one end of a connection has closed. */
  interface Work {
    void run() throws IOException;
  }

  TcpProxy(ServerSocket door) {
    this.door = door;
  }

  /** Handles a new connection. */
  abstract void accepted(Socket near) throws IOException;

  /** Begins to accept connections, until {@link #close}. */
  final void listen() {
    start(
        () -> {
          while (true) {
            accepted(closedAtTheEnd(door.accept()));
          }
        });
  }

  /** Lets {@link #close} also close this socket. */
  final Socket closedAtTheEnd(Socket socket) {
    open.add(socket);
    return socket;
  }

  static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException end) {
                // One end has closed, or rejected the handshake.
              }
            },
            "tcp-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  public final int port() {
    return door.getLocalPort();
  }

  @Override
  public final void close() {
    try {
      door.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
