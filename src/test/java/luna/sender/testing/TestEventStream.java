package luna.sender.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.PATIENCE;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client of Server-Sent Events which reads as the standard says.
 *
 * <p>Owner: one test thread.
 */
public final class TestEventStream implements AutoCloseable {
  private final Closeable onClose;
  private final BufferedReader in;
  private final int status;
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private String lastId = "";
  private int retryMillis = -1;
  private int comments;

  /**
   * An event as a browser dispatches it.
   *
   * @param name {@code message} unless the event has a name
   */
  public record Message(String name, String data, String lastEventId) {
    public JsonObject json() {
      return new JsonObject(data);
    }

    /** Returns the id of the recognition event. */
    public String eventId() {
      return json().getJsonObject("event").getString("event_id");
    }
  }

  /**
   * Reads a response whose head has been read.
   *
   * @param onClose ends the stream
   */
  TestEventStream(int status, Map<String, String> headers, InputStream body, Closeable onClose) {
    this.status = status;
    this.headers.putAll(headers);
    this.in = new BufferedReader(new InputStreamReader(body, UTF_8));
    this.onClose = onClose;
  }

  private TestEventStream(Socket socket, String request) {
    try {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      status = Integer.parseInt(in.readLine().split(" ", -1)[1]);
      for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        String[] parts = line.split(": ", 2);
        headers.merge(parts[0], parts[1], (one, other) -> one + ", " + other);
      }
      onClose = socket;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Sends a request for the stream of an account, with these header lines. */
  public static TestEventStream open(int port, String account, String query, String... lines) {
    String[] all = new String[lines.length + 2];
    all[0] = "Luna-Account-Id: " + account;
    all[1] = "Accept: text/event-stream";
    System.arraycopy(lines, 0, all, 2, lines.length);
    return send(port, RawHttp.get("/2/events?" + query, all));
  }

  /** Sends any request. */
  public static TestEventStream send(int port, String request) {
    try {
      return over(new Socket("127.0.0.1", port), request);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Sends a request on an existing connection, such as one of TLS. */
  public static TestEventStream over(Socket socket, String request) {
    return new TestEventStream(socket, request);
  }

  public int status() {
    return status;
  }

  /** Returns a header, or an empty text if it is absent. */
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Returns the id that a browser would send to resume. */
  public String lastId() {
    return lastId;
  }

  /** Returns the last time to wait before a retry, or -1. */
  public int retryMillis() {
    return retryMillis;
  }

  public int comments() {
    return comments;
  }

  /** Waits for the next event with data; returns null at the end of the stream. */
  public @Nullable Message next() {
    String name = "";
    StringBuilder data = new StringBuilder();
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    for (String line = line(); line != null; line = line()) {
      if (System.nanoTime() - endNanos > 0) {
        throw new AssertionError("only signs of life for " + PATIENCE + " (expected: an event)");
      }
      if (line.isEmpty()) {
        if (!data.isEmpty()) {
          data.setLength(data.length() - 1);
          return new Message(name.isEmpty() ? "message" : name, data.toString(), lastId);
        }
        name = "";
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
      switch (field) {
        case "" -> comments++;
        case "event" -> name = value;
        case "data" -> data.append(value).append('\n');
        case "id" -> lastId = value;
        case "retry" -> retryMillis = Integer.parseInt(value);
        default -> throw new AssertionError(line + ": unknown (expected: a field)");
      }
    }
    return null;
  }

  /** Waits for the next event, which must be one. */
  public Message message() {
    Message next = next();
    if (next == null) {
      throw new AssertionError("stream: ended (expected: an event)");
    }
    return next;
  }

  /** Waits for the next recognition event, and returns its id. */
  public String nextEventId() {
    Message next = message();
    while (!next.name().equals("message")) {
      next = message();
    }
    return next.eventId();
  }

  /** Reads one line, or returns null at the end. */
  public @Nullable String line() {
    try {
      return in.readLine();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    try {
      onClose.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
