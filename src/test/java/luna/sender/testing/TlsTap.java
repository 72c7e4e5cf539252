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
 * A proxy for one TLS connection that lists the records that the server sends.
 *
 * <p>Owner: one test thread.
 *
 * <p>Source: RFC 8446 section 5.1.
 */
public final class TlsTap implements AutoCloseable {
  private static final int HEADER_BYTES = 5;

  private final ServerSocket door;
  private final int port;
  private final List<Integer> records = new CopyOnWriteArrayList<>();
  private volatile Socket near = new Socket();
  private volatile Socket far = new Socket();

  public TlsTap(int port) {
    this.port = port;
    try {
      door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    start(this::accept);
  }

  public int port() {
    return door.getLocalPort();
  }

  /** Returns the lengths of all records so far, each of which has been forwarded. */
  public List<Integer> records() {
    return List.copyOf(records);
  }

  private void accept() throws IOException {
    near = door.accept();
    far = new Socket(InetAddress.getLoopbackAddress(), port);
    start(() -> near.getInputStream().transferTo(far.getOutputStream()));
    DataInputStream in = new DataInputStream(far.getInputStream());
    OutputStream out = near.getOutputStream();
    while (true) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      if (header.length < HEADER_BYTES) {
        return;
      }
      int length = (header[3] & 0xFF) << 8 | (header[4] & 0xFF);
      // Before the client can read the record, and a test count it.
      records.add(length);
      out.write(header);
      out.write(in.readNBytes(length));
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
                // One end has closed.
              }
            },
            "tls-tap");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try (door;
        Socket client = near;
        Socket server = far) {
      client.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
