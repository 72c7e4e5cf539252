package luna.sender.testing;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS endpoint in front of a real server with plain text, like stunnel.
 *
 * <p>Owner: one test thread.
 */
public final class TlsDoor implements AutoCloseable {
  private final SSLServerSocket door;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * @param clients the authority of the required client certificates; null if none are required
   */
  public TlsDoor(int port, X509Bundle own, @Nullable X509Bundle clients) {
    this.port = port;
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          own.toKeyManagerFactory().getKeyManagers(),
          clients == null ? null : new TrustManager[] {clients.toTrustManager()},
          null);
      door =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
      door.setNeedClientAuth(clients != null);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
    start(this::accept);
  }

  public int port() {
    return door.getLocalPort();
  }

  private void accept() throws IOException {
    while (true) {
      Socket near = door.accept();
      open.add(near);
      start(
          () -> {
            try (near;
                Socket far = new Socket("127.0.0.1", port)) {
              open.add(far);
              start(() -> copy(far, near));
              copy(near, far);
            }
          });
    }
  }

  /** Forwards until one end closes, and then closes the other. */
  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[8192];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException end) {
                // One end has closed, or rejected the handshake.
              }
            },
            "tls-door");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      door.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
