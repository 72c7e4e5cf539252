package luna.sender.testing;

import static luna.sender.testing.Waiting.PATIENCE;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP connection on which a test sends arbitrary bytes, well-formed or not.
 *
 * <p>Shape: the characters of sent texts are bytes; received bodies and frames are UTF-8.
 *
 * <p>Errors: {@link UncheckedIOException} if the service closes the connection instead of
 * responding.
 *
 * <p>Owner: one test thread.
 */
public final class RawHttp implements AutoCloseable {
  private static final int TEXT_FINAL = 0x81;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 ([0-9]{3}) ");

  private final Socket socket;
  private final DataInputStream in;
  private final long openedNanos;

  /**
   * A response.
   *
   * @param headers all values by the case-insensitive name
   */
  public record Answer(int status, Map<String, List<String>> headers, byte[] body) {
    /** Returns the value of a header that is given once, or an empty text if it is absent. */
    public String header(String name) {
      List<String> values = headers.getOrDefault(name, List.of());
      if (values.size() > 1) {
        throw new AssertionError(name + ": " + values + " (expected: once)");
      }
      return values.isEmpty() ? "" : values.get(0);
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * The last response on a connection.
   *
   * @param age of the connection at its end
   */
  public record LastAnswer(Answer answer, Duration age) {}

  private RawHttp(Socket connected) {
    try {
      openedNanos = System.nanoTime();
      socket = connected;
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static RawHttp connect(int port) {
    try {
      return new RawHttp(new Socket("127.0.0.1", port));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Creates a client on an existing connection, such as one of TLS. */
  public static RawHttp over(Socket connected) {
    return new RawHttp(connected);
  }

  /** Sends a request on its own connection, and reads the response. */
  public static Answer exchange(int port, String request) {
    try (RawHttp connection = connect(port)) {
      return connection.send(request).answer();
    }
  }

  /** Returns a GET with these header lines. */
  public static String get(String target, String... headerLines) {
    return request("GET", target, headerLines);
  }

  /** Returns a request without a body, with these header lines. */
  public static String request(String method, String target, String... headerLines) {
    StringBuilder request =
        new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: test\r\n");
    for (String line : headerLines) {
      request.append(line).append("\r\n");
    }
    return request.append("\r\n").toString();
  }

  /** Returns a POST of a JSON text, with these header lines. */
  public static String post(String target, String json, String... headerLines) {
    List<String> lines = new ArrayList<>(List.of(headerLines));
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    lines.add("Content-Type: application/json");
    lines.add("Content-Length: " + bytes.length);
    return request("POST", target, lines.toArray(String[]::new))
        + new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Returns the header lines of a handshake, plus these. */
  public static String[] handshake(String account, String... headerLines) {
    List<String> lines = new ArrayList<>();
    lines.add("Connection: Upgrade");
    lines.add("Upgrade: websocket");
    lines.add("Sec-WebSocket-Version: 13");
    lines.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    lines.add("Luna-Account-Id: " + account);
    lines.addAll(List.of(headerLines));
    return lines.toArray(String[]::new);
  }

  /** Sends the text unchanged. */
  public RawHttp send(String bytes) {
    try {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return this;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Reads one response: its head, and the body of {@code Content-Length}. */
  public Answer answer() {
    return answer(in);
  }

  private static Answer answer(DataInputStream in) {
    Answer head = head(in);
    String length = head.header("Content-Length");
    byte[] body = new byte[length.isEmpty() ? 0 : Integer.parseInt(length)];
    try {
      in.readFully(body);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new Answer(head.status(), head.headers(), body);
  }

  /** Reads to the end of the connection, and returns the statuses of all responses. */
  public List<Integer> statusesUntilTheEnd() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (SocketTimeoutException open) {
      throw new AssertionError("open after " + PATIENCE + " (expected: ended): " + all);
    } catch (IOException reset) {
      // This is an end, too.
    }
    List<Integer> statuses = new ArrayList<>();
    Matcher status = STATUS.matcher(all.toString(StandardCharsets.ISO_8859_1));
    while (status.find()) {
      statuses.add(Integer.valueOf(status.group(1)));
    }
    return statuses;
  }

  /** Reads the head of a response without a body, such as one to HEAD. */
  public Answer head() {
    return head(in);
  }

  /** Reads the first line of a body without a length. */
  public String bodyLine() {
    try {
      return line(in);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Answer head(DataInputStream in) {
    try {
      int status = Integer.parseInt(line(in).split(" ", -1)[1]);
      Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String[] parts = line.split(": ?", 2);
        headers
            .computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), name -> new ArrayList<>())
            .add(parts[1]);
      }
      return new Answer(status, headers, new byte[0]);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Reads one unmasked text frame. */
  public String textFrame() {
    try {
      int head = in.readUnsignedByte();
      if (head != TEXT_FINAL) {
        throw new AssertionError("frame: " + head + " (expected: a whole text)");
      }
      long length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = in.readLong();
      }
      byte[] text = new byte[(int) length];
      in.readFully(text);
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Waits until the service closes the connection; returns the age of the connection. */
  public Duration cut() {
    return cutWhileTrickling("", PATIENCE);
  }

  /** The same, and sends the next character of {@code bytes} at each interval. */
  public Duration cutWhileTrickling(String bytes, Duration interval) {
    StringBuilder answer = new StringBuilder();
    Duration age = end(bytes, interval, answer);
    if (!answer.isEmpty()) {
      throw new AssertionError("read: " + answer + " (expected: the end)");
    }
    return age;
  }

  /** The same, for a service that responds once before it closes. */
  public LastAnswer lastAnswerWhileTrickling(String bytes, Duration interval) {
    StringBuilder read = new StringBuilder();
    Duration age = end(bytes, interval, read);
    byte[] text = read.toString().getBytes(StandardCharsets.ISO_8859_1);
    DataInputStream rest = new DataInputStream(new ByteArrayInputStream(text));
    Answer answer = answer(rest);
    try {
      if (rest.available() > 0) {
        throw new AssertionError("read: " + read + " (expected: one answer)");
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return new LastAnswer(answer, age);
  }

  private Duration end(String bytes, Duration interval, StringBuilder answer) {
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    try {
      socket.setSoTimeout((int) interval.toMillis());
      for (int next = 0; System.nanoTime() - endNanos < 0; next++) {
        try {
          int read = in.read();
          if (read >= 0) {
            answer.append((char) read);
            continue;
          }
          return Duration.ofNanos(System.nanoTime() - openedNanos);
        } catch (SocketTimeoutException quiet) {
          if (next < bytes.length() && !trySend(bytes.substring(next, next + 1))) {
            next = bytes.length();
          }
        }
      }
    } catch (SocketException reset) {
      return Duration.ofNanos(System.nanoTime() - openedNanos);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    throw new AssertionError("open after " + PATIENCE + " (expected: cut)");
  }

  /** Returns false if the service has closed; what it sent before can still be read. */
  private boolean trySend(String bytes) {
    try {
      send(bytes);
      return true;
    } catch (UncheckedIOException closed) {
      return false;
    }
  }

  private static String line(DataInputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("closed after: " + line);
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
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
