package luna.sender.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A proxy for TLS connections that lists the records that the server sends, and can forward to one
 * server after the other, like a load balancer.
 *
 * <p>Owner: one test thread.
 *
 * <p>Source: RFC 8446 section 5.1.
 */
public final class TlsTap extends TcpProxy {
  private static final int HEADER_BYTES = 5;

  private final List<Integer> records = new CopyOnWriteArrayList<>();
  private volatile int target;

  public TlsTap(int port) {
    super(listening());
    target = port;
    listen();
  }

  private static ServerSocket listening() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Forwards new connections to this port from now on. */
  public void forwardTo(int port) {
    target = port;
  }

  /** Returns the lengths of all records so far, each of which has been forwarded. */
  public List<Integer> records() {
    return List.copyOf(records);
  }

  @Override
  void accepted(Socket near) throws IOException {
    Socket far = closedAtTheEnd(new Socket(InetAddress.getLoopbackAddress(), target));
    start(() -> near.getInputStream().transferTo(far.getOutputStream()));
    start(() -> forwardRecords(far, near));
  }

  private void forwardRecords(Socket from, Socket to) throws IOException {
    DataInputStream in = new DataInputStream(from.getInputStream());
    OutputStream out = to.getOutputStream();
    while (true) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      if (header.length < HEADER_BYTES) {
        to.close();
        return;
      }
      int length = (header[3] & 0xFF) << 8 | (header[4] & 0xFF);
      // Before the client can read the record, and a test count it.
      records.add(length);
      out.write(header);
      out.write(in.readNBytes(length));
    }
  }
}
