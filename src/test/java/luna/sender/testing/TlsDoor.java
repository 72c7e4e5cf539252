package luna.sender.testing;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS endpoint in front of a real server with plain text, like stunnel.
 *
 * <p>Owner: one test thread.
 */
public final class TlsDoor extends TcpProxy {
  private final int port;

  /**
   * @param clients the authority of the required client certificates; null if none are required
   */
  public TlsDoor(int port, X509Bundle own, @Nullable X509Bundle clients) {
    super(listening(own, clients));
    this.port = port;
    listen();
  }

  private static SSLServerSocket listening(X509Bundle own, @Nullable X509Bundle clients) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          own.toKeyManagerFactory().getKeyManagers(),
          clients == null ? null : new TrustManager[] {clients.toTrustManager()},
          null);
      SSLServerSocket door =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
      door.setNeedClientAuth(clients != null);
      return door;
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  void accepted(Socket near) {
    start(
        () -> {
          try (near;
              Socket far = closedAtTheEnd(new Socket("127.0.0.1", port))) {
            start(() -> copy(far, near));
            copy(near, far);
          }
        });
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
}
