package luna.sender.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/**
 * A publisher's connection, which looks up the address of Redis only once.
 *
 * <p>Errors: {@link IOException} if Redis closes the connection, does not answer, or answers with
 * an error.
 *
 * <p>Owner: one thread.
 */
public final class RedisWriter implements AutoCloseable {
  private final Socket socket = new Socket();
  private final InputStream in;

  /** Connects. An answer may be as late as a busy machine makes it. */
  public RedisWriter(int port) throws IOException {
    this(port, Waiting.PATIENCE);
  }

  /** As {@link #RedisWriter(int)}, with a timeout for a Redis that may be suspended. */
  public RedisWriter(int port, Duration timeout) throws IOException {
    connect(socket, port, timeout);
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
    return ask(port, Waiting.PATIENCE, words);
  }

  /** As {@link #ask(int, String...)}, with a timeout for a Redis that may be suspended. */
  public static String ask(int port, Duration timeout, String... words) throws IOException {
    try (Socket socket = new Socket()) {
      connect(socket, port, timeout);
      socket.getOutputStream().write(command(words));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static void connect(Socket socket, int port, Duration timeout) throws IOException {
    socket.connect(new InetSocketAddress("127.0.0.1", port), (int) timeout.toMillis());
    socket.setSoTimeout((int) timeout.toMillis());
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
