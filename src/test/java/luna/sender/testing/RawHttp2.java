package luna.sender.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/2 connection over TLS that sends any frames, valid or not.
 *
 * <p>Owner: one test thread.
 *
 * <p>Source: RFC 9113 sections 3.4 and 4.1, RFC 7541 section 6.2.2.
 */
public final class RawHttp2 implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;
  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;

  /** The code of a connection that was closed for excessive load. */
  public static final int ENHANCE_YOUR_CALM = 11;

  private static final int ACK = 1;
  private static final int HEADER_BYTES = 9;
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final SSLSocket socket;
  private final DataInputStream in;

  /** A frame from the server. */
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /** Returns the error code of a RST_STREAM or GOAWAY. */
    public int errorCode() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    public boolean endsStream() {
      return (flags & END_STREAM) != 0;
    }
  }

  private RawHttp2(int port) {
    try {
      socket = TestCertificates.connect(TestCertificates.trustingAll(), port);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      in = new DataInputStream(socket.getInputStream());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Connects, and sends nothing. */
  public static RawHttp2 silent(int port) {
    return new RawHttp2(port);
  }

  /** Connects, and sends the preface with these settings: numbers and values. */
  public static RawHttp2 connect(int port, int... settings) {
    RawHttp2 raw = new RawHttp2(port);
    ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    raw.bytes(PREFACE.getBytes(ISO_8859_1));
    raw.send(SETTINGS, 0, 0, payload.array());
    return raw;
  }

  /** Returns the protocol that the server has chosen. */
  public String protocol() {
    return socket.getApplicationProtocol();
  }

  public RawHttp2 bytes(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return this;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public RawHttp2 send(int type, int flags, int stream, byte[] payload) {
    return bytes(frame(type, flags, stream, payload));
  }

  public static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Encodes a GET with further fields, names and values. */
  public static byte[] get(String path, String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    field(block, ":method", "GET");
    field(block, ":scheme", "https");
    field(block, ":authority", "127.0.0.1");
    field(block, ":path", path);
    for (int i = 0; i < fields.length; i += 2) {
      field(block, fields[i], fields[i + 1]);
    }
    return block.toByteArray();
  }

  /** Encodes fields, names and values. */
  public static byte[] fields(String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      field(block, fields[i], fields[i + 1]);
    }
    return block.toByteArray();
  }

  /** Encodes a field without compression. */
  private static void field(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    int length = text.length();
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127);
      int rest = length - 127;
      for (; rest >= 128; rest >>= 7) {
        block.write(rest & 127 | 128);
      }
      block.write(rest);
    }
    block.writeBytes(text.getBytes(ISO_8859_1));
  }

  /** Sends a GET. */
  public RawHttp2 request(int stream, String path, String... fields) {
    return send(HEADERS, END_STREAM | END_HEADERS, stream, get(path, fields));
  }

  /** Waits for the next frame; returns a GOAWAY without an error at the end of the connection. */
  public Frame next() {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(length);
      if (type == SETTINGS && (flags & ACK) == 0) {
        send(SETTINGS, ACK, 0, new byte[0]);
      }
      return new Frame(type, flags, stream, payload);
    } catch (EOFException end) {
      return new Frame(GOAWAY, 0, 0, new byte[8]);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Waits for a frame of this type. */
  public Frame next(int type) {
    Frame frame = next();
    while (frame.type() != type) {
      if (frame.type() == GOAWAY) {
        throw new AssertionError("GOAWAY " + frame.errorCode() + " (expected: type " + type + ")");
      }
      frame = next();
    }
    return frame;
  }

  /** Waits until the server closes the connection, and returns the code of its GOAWAY, or 0. */
  public int awaitEnd() {
    int code = 0;
    try {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5);
        byte[] payload = in.readNBytes(length);
        if (type == GOAWAY) {
          code = ByteBuffer.wrap(payload).getInt(4);
        }
      }
    } catch (IOException end) {
      return code;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
