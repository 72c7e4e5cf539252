package luna.sender.testing;

import static java.util.stream.Collectors.joining;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * A hand-written WebSocket client that can violate the protocol, or leave pings unanswered.
 *
 * <p>Source: RFC 6455 section 5.2.
 */
public final class RawSocket implements AutoCloseable {
  /** A received frame. */
  public record Frame(int first, byte[] payload) {
    public int opcode() {
      return first & 0x0F;
    }

    public boolean last() {
      return (first & 0x80) != 0;
    }

    /** The bit of an extension that has changed the payload. */
    public boolean rsv1() {
      return (first & 0x40) != 0;
    }

    public int closeCode() {
      return ByteBuffer.wrap(payload).getShort() & 0xFFFF;
    }
  }

  public static final int TEXT = 1;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  private final Socket socket;
  private final DataInputStream in;
  private final String head;

  /** Upgrades {@code /2/ws} for the account. */
  public RawSocket(int port, String account, String... lines) throws IOException {
    this(new Socket("127.0.0.1", port), account, lines);
  }

  /** The same on an existing connection, such as one of TLS. */
  public RawSocket(Socket connected, String account, String... lines) throws IOException {
    this(connected, handshake(account, lines));
  }

  private RawSocket(Socket connected, byte[] handshake) throws IOException {
    socket = connected;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) Waiting.PATIENCE.toMillis());
    in = new DataInputStream(socket.getInputStream());
    send(handshake);
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    this.head = head.toString();
    if (!this.head.startsWith("HTTP/1.1 101")) {
      throw new IOException("answer: " + head + " (expected: 101)");
    }
  }

  /** Upgrades {@code /2/ws} with this query. */
  public static RawSocket open(Socket connected, String account, String query, String... lines)
      throws IOException {
    String head = new String(handshake(account, lines), StandardCharsets.US_ASCII);
    return new RawSocket(
        connected, head.replace("/2/ws", "/2/ws?" + query).getBytes(StandardCharsets.US_ASCII));
  }

  /** Opens a connection with a minimal receive buffer, for a slow client. */
  public static Socket narrow(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    return socket;
  }

  /** Returns a valid handshake for {@code /2/ws}, with additional header lines. */
  public static byte[] handshake(String account, String... lines) {
    return """
        GET /2/ws HTTP/1.1
        Host: 127.0.0.1
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Luna-Account-Id: %s
        %s
        """
        .formatted(account, Stream.of(lines).map(line -> line + "\n").collect(joining()))
        .replace("\n", "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the head of the 101. */
  public String head() {
    return head;
  }

  /** Sends bytes unchanged. */
  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Sends a masked frame, with a mask of zeros. */
  public void sendFrame(int opcode, boolean last, byte[] payload) throws IOException {
    send(header(opcode, last, payload.length));
    send(payload);
  }

  /** Returns the head of a masked frame whose payload is never sent. */
  public static byte[] header(int opcode, boolean last, int length) {
    ByteBuffer head = ByteBuffer.allocate(14).put((byte) ((last ? 0x80 : 0) | opcode));
    if (length <= 125) {
      head.put((byte) (0x80 | length));
    } else if (length <= 0xFFFF) {
      head.put((byte) (0x80 | 126)).putShort((short) length);
    } else {
      head.put((byte) (0x80 | 127)).putLong(length);
    }
    head.putInt(0).flip();
    byte[] bytes = new byte[head.remaining()];
    head.get(bytes);
    return bytes;
  }

  /** Returns the next frame. Throws {@link IOException} at the end of the connection. */
  public Frame next() throws IOException {
    int first = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Frame(first, payload);
  }

  /** Returns the next frame that is not a ping of the service. */
  public Frame nextButPing() throws IOException {
    Frame frame = next();
    while (frame.opcode() == PING) {
      frame = next();
    }
    return frame;
  }

  public Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
