package luna.sender.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server that ends one connection after the other as a script describes, because a real service
 * cannot be made to have all faults.
 *
 * <p>Shape: each accepted connection gets one event, whose id is the number of its step, an
 * interruption and its gap, and a ping that must be answered; then it ends. A plain GET gets the
 * response of the last handshake, or error 12046.
 *
 * <p>Owner: thread-safe; one connection at a time.
 *
 * <p>Source: RFC 6455, 1.3 and 5.
 */
final class ScriptedServer implements AutoCloseable {
  private static final String GAP =
      "{\"gap\":{\"from\":\"2026-11-24T10:00:01.674Z\",\"to\":\"2026-11-24T10:00:04.020Z\","
          + "\"cause\":\"redis_closed\",\"dropped\":null}}";
  private static final String INTERRUPTION =
      "{\"interruption\":{\"from\":\"2026-11-24T10:00:01.674Z\",\"cause\":\"redis_closed\"}}";
  private static final int TEXT = 0x81;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;

  /**
   * What happens to one handshake.
   *
   * @param before runs first
   * @param status 101, or the status of the rejection
   * @param code of the close frame; 0 resets the connection
   */
  record Step(Runnable before, int status, int code) {
    static Step refuse(int status) {
      return new Step(() -> {}, status, 0);
    }

    static Step close(int code) {
      return new Step(() -> {}, 101, code);
    }

    static Step cut() {
      return close(0);
    }

    Step after(Runnable first) {
      return new Step(first, status, code);
    }
  }

  private final ServerSocket server;
  private final List<Step> steps;
  private final AtomicInteger taken = new AtomicInteger();
  private final Queue<Handshake> handshakes = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Step last;

  ScriptedServer(Step... steps) {
    this.steps = List.of(steps);
    try {
      server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    Thread thread = new Thread(this::run);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return server.getLocalPort();
  }

  /** Returns the handshakes so far. */
  List<Handshake> handshakes() {
    return List.copyOf(handshakes);
  }

  /** Returns the protocol violations of clients. */
  List<Throwable> faults() {
    return List.copyOf(faults);
  }

  private void run() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(15_000);
        serve(socket);
      } catch (IOException fault) {
        if (!server.isClosed()) {
          faults.add(fault);
        }
      }
    }
  }

  private void serve(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    Handshake handshake = Handshake.read(in);
    if (handshake == null) {
      return; // The client has connected and left.
    }
    OutputStream out = socket.getOutputStream();
    if (!handshake.isUpgrade()) {
      Step before = last;
      refuse(out, before == null || before.status == 101 ? 400 : before.status);
      return;
    }
    int number = taken.getAndIncrement();
    if (number >= steps.size()) {
      throw new IOException("handshake " + number + " (expected: none)");
    }
    Step step = steps.get(number);
    last = step;
    step.before.run();
    handshakes.add(handshake);
    if (step.status != 101) {
      refuse(out, step.status);
      return;
    }
    out.write(accept(handshake));
    send(out, TEXT, ("{\"event\":{\"event_id\":\"" + number + "\"}}").getBytes(UTF_8));
    send(out, TEXT, INTERRUPTION.getBytes(UTF_8));
    send(out, TEXT, GAP.getBytes(UTF_8));
    send(out, PING, "are you there".getBytes(UTF_8));
    await(in, PONG, "are you there");
    if (step.code == 0) {
      // Closes with a reset: in a fifth of all cases, the JDK's WebSocket misses the end of a
      // stream right after a message, and its client then waits for its timeout.
      socket.setSoLinger(true, 0);
    } else {
      send(out, CLOSE, new byte[] {(byte) (step.code >> 8), (byte) step.code});
      awaitClose(in);
    }
  }

  /** Reads the client's answer to a close frame. A program that ends may not have sent it. */
  private static void awaitClose(DataInputStream in) throws IOException {
    try {
      await(in, CLOSE, null);
    } catch (EOFException ended) {
      // The connection has ended, as it should.
    }
  }

  private static void refuse(OutputStream out, int status) throws IOException {
    String body =
        "{\"error_code\":" + (status == 400 ? 12046 : 1) + ",\"detail\":\"by the script\"}";
    String head =
        "HTTP/1.1 "
            + status
            + " No\r\nConnection: close\r\nRetry-After: 1\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    out.write((head + body).getBytes(UTF_8));
  }

  private static byte[] accept(Handshake handshake) {
    try {
      String key = handshake.header("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(key.getBytes(UTF_8));
      String head =
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + Base64.getEncoder().encodeToString(digest)
              + "\r\n";
      if (handshake.header("Sec-WebSocket-Protocol").contains("luna.sender.v2")) {
        head += "Sec-WebSocket-Protocol: luna.sender.v2\r\n";
      }
      return (head + "\r\n").getBytes(UTF_8);
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  private static void send(OutputStream out, int head, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(head);
    if (payload.length < 126) {
      frame.write(payload.length);
    } else {
      frame.write(126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    frame.write(payload);
    out.write(frame.toByteArray());
  }

  /** Reads the next frame of the client, which must be of this kind. */
  private static void await(DataInputStream in, int head, @Nullable String payload)
      throws IOException {
    int read = in.readUnsignedByte();
    int length = in.readUnsignedByte() & 0x7F;
    byte[] mask = in.readNBytes(4);
    byte[] bytes = in.readNBytes(length);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= mask[i % 4];
    }
    String text = new String(bytes, UTF_8);
    if (read != head || payload != null && !payload.equals(text)) {
      throw new IOException("frame: %x %s (expected: %x %s)".formatted(read, text, head, payload));
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
