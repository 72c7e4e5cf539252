package luna.sender.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A publisher's connection, which looks up the address of Redis only once.
 *
 * <p>Errors: {@link IOException} if Redis closes the connection, does not answer, or answers with
 * an error.
 *
 * <p>Owner: one thread.
 */
public final class RedisWriter implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 1000;

  private final Socket socket = new Socket();
  private final InputStream in;

  public RedisWriter(int port) throws IOException {
    socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Publishes; returns the number of subscribers once Redis has answered. */
  public int publish(String channel, String payload) throws IOException {
    return publish("PUBLISH", channel, payload);
  }

  /**
   * The same with any command.
   *
   * @param command PUBLISH or SPUBLISH
   */
  public int publish(String command, String channel, String payload) throws IOException {
    socket.getOutputStream().write(command(command, channel, payload));
    StringBuilder line = new StringBuilder();
    for (int c; (c = in.read()) != '\n'; ) {
      if (c < 0) {
        throw new IOException("the connection ended");
      }
      line.append((char) c);
    }
    if (line.charAt(0) != ':') {
      throw new IOException(line.toString());
    }
    return Integer.parseInt(line.substring(1).trim());
  }

  /** Sends one command on its own connection; returns the raw answer. */
  public static String ask(int port, String... words) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(command(words));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static byte[] command(String... words) {
    ByteArrayOutputStream command = new ByteArrayOutputStream();
    command.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
    for (String word : words) {
      byte[] bytes = word.getBytes(UTF_8);
      command.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
      command.writeBytes(bytes);
      command.writeBytes("\r\n".getBytes(UTF_8));
    }
    return command.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
