package luna.sender.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports for servers of tests that need their port before they listen, or listen on it again.
 * Each JVM returns each port once, and test JVMs that run at the same time have separate ranges
 * below the usual ephemeral ports.
 *
 * <p>On Linux a port stays reserved until the JVM exits: a socket is bound to it with {@code
 * SO_REUSEADDR} and never listens, so a server can still listen on it, but no client of another
 * process gets it as its local port.
 */
public final class FreePorts {
  private static final int PORTS = 2000;
  private static final int FIRST =
      10_000 + (Integer.getInteger("luna.sender.fork", 1) - 1) % 5 * PORTS;
  private static final boolean CAN_RESERVE = System.getProperty("os.name").equals("Linux");
  private static final List<Socket> RESERVED = new ArrayList<>();

  /** Several JVMs without a number of their own begin at different ports. */
  private static int next = ThreadLocalRandom.current().nextInt(PORTS);

  private FreePorts() {}

  public static synchronized int next() {
    for (int attempt = 0; attempt < PORTS; attempt++) {
      int port = FIRST + next;
      next = (next + 1) % PORTS;
      if (take(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port from " + FIRST + " to " + (FIRST + PORTS - 1));
  }

  private static boolean take(int port) {
    try {
      if (CAN_RESERVE) {
        reserve(port);
      }
      // Fails if another process listens on it.
      new ServerSocket(port).close();
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private static void reserve(int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      RESERVED.add(socket);
    } catch (IOException taken) {
      socket.close();
      throw taken;
    }
  }
}
