package luna.sender.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import luna.sender.admission.Admission;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.BusAddresses;
import luna.sender.event.IdentityCodec;
import luna.sender.event.RequestId;
import luna.sender.http.ServerVerticle;
import luna.sender.metrics.BridgeStatus;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.socket.Connections;
import luna.sender.socket.ReplaySlots;
import luna.sender.testing.CpuLimit;
import luna.sender.testing.Waiting;
import luna.sender.trace.Traces;

/**
 * Sends arbitrary request heads to the real server on loopback, with a bridge that confirms every
 * account. Each is answered as in the contract and never with an internal error, or its connection
 * ends.
 *
 * <p>Shape: the input is sent, followed by an empty line.
 *
 * <p>Errors: {@link AssertionError} for a response that is not in the contract, and those of {@link
 * CpuLimit}.
 *
 * <p>Owner: used by one thread.
 */
public final class HeadFuzz {
  private static final Set<Integer> STATUSES =
      Set.of(101, 200, 204, 302, 304, 400, 403, 404, 405, 414, 415, 431);

  /** How long to wait for a response; after that, the request is not complete. */
  private static final int WAIT_MILLIS = 300;

  /** A first line that ends like one of HTTP/1.1. */
  private static final Pattern ANY_HTTP1 =
      Pattern.compile("[\\s\\x00-\\x1f]*[^\r\n]* HTTP/1\\.[01]\r?(\n|$)");

  private static final Pattern HEAD = Pattern.compile("[\\s\\x00-\\x1f]*HEAD");

  private static final int PORT = listen();

  private static final LongSupplier LOOP = CpuLimit.of("vert.x-eventloop-thread");

  private HeadFuzz() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    CpuLimit.check(LOOP, () -> ask(input));
  }

  private static void ask(byte[] input) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
      // Closes with a reset, so that the kernel does not remember millions of closed connections.
      socket.setSoLinger(true, 0);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(WAIT_MILLIS);
      byte[] sent = (new String(input, ISO_8859_1) + "\r\n\r\n").getBytes(ISO_8859_1);
      socket.getOutputStream().write(sent);
      boolean head = HEAD.matcher(new String(input, ISO_8859_1)).lookingAt();
      String answer = answer(socket, head);
      if (!answer.isEmpty()) {
        check(answer, new String(input, ISO_8859_1));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Returns the first response, or an empty text if the connection ends without one. */
  private static String answer(Socket socket, boolean head) throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    boolean waited = false;
    while (!isWhole(answer.toString(ISO_8859_1), head)) {
      try {
        byte[] bytes = new byte[8192];
        int read = in.read(bytes);
        if (read < 0) {
          break;
        }
        answer.write(bytes, 0, read);
      } catch (SocketTimeoutException quiet) {
        if (waited) {
          throw new AssertionError("open (expected: an end behind the client's)", quiet);
        }
        waited = true;
        socket.shutdownOutput();
        socket.setSoTimeout((int) Waiting.PATIENCE.toMillis());
      }
    }
    return answer.toString(ISO_8859_1);
  }

  /** Returns whether enough was read. A long page is not read to its end. */
  private static boolean isWhole(String answer, boolean head) {
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    if (head) {
      return true;
    }
    String length = headers(answer).getOrDefault("content-length", "0");
    boolean error = answer.startsWith(" 4", 8) || answer.startsWith(" 5", 8);
    return !error || answer.length() >= end + 4 + Integer.parseInt(length);
  }

  private static Map<String, String> headers(String answer) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    String[] lines = answer.substring(0, answer.indexOf("\r\n\r\n")).split("\r\n", -1);
    for (int i = 1; i < lines.length; i++) {
      String[] parts = lines[i].split(": ?", 2);
      require(parts.length == 2 && parts[0].matches("[A-Za-z-]+"), lines[i], "a header");
      require(lines[i].chars().allMatch(c -> c >= ' ' && c < 127), lines[i], "printable ASCII");
      headers.merge(parts[0], parts[1], (one, more) -> one + ", " + more);
    }
    return headers;
  }

  private static void check(String answer, String input) {
    if (!answer.startsWith("HTTP/1.1 ") && !answer.startsWith("HTTP/1.0 ")
        || answer.startsWith(" 501", 8)) {
      // Vert.x itself rejects other versions, with that version in its response.
      require(!ANY_HTTP1.matcher(input).lookingAt(), answer, "an answer of HTTP/1.1");
      return;
    }
    require(answer.matches("(?s).{8} [0-9]{3} .*\r\n\r\n.*"), answer, "an answer");
    int status = Integer.parseInt(answer.substring(9, 12));
    require(STATUSES.contains(status), status, STATUSES);
    Map<String, String> headers = headers(answer);
    String id = headers.getOrDefault(RequestId.HEADER, "none");
    require(RequestId.of(id).equals(id), id, "one request id");
    require(
        (status == 101) == headers.containsKey("Sec-WebSocket-Accept"), headers, "accept for 101");
    if (status >= 400 && !HEAD.matcher(input).lookingAt()) {
      // A second response may follow, if the input has a second request.
      int start = answer.indexOf("\r\n\r\n") + 4;
      String body =
          answer.substring(start, start + Integer.parseInt(headers.get("Content-Length")));
      try {
        JsonObject error = new JsonObject(body);
        require(
            error.fieldNames().equals(Set.of("error_code", "desc", "detail")), body, "an error");
      } catch (DecodeException notJson) {
        throw new AssertionError(body + " (expected: JSON)", notJson);
      }
    }
  }

  private static int listen() {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2));
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
                "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
                "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL", "1"));
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    metrics.redis().bridges().report(0, BridgeStatus.Condition.GOOD);
    metrics.redis().bridges().reportCommands("");
    vertx
        .eventBus()
        .localConsumer(BusAddresses.subscriptionRequests(0), request -> request.reply(null));
    vertx.eventBus().localConsumer(BusAddresses.HEALTH, question -> question.reply(1L));
    IdentityCodec.register(vertx);
    ServerVerticle server =
        new ServerVerticle(
            new ServerVerticle.Shared(
                config,
                Waiting.await(Contract.load(vertx, List.of())),
                new Admission(config.limits(), 0, metrics),
                metrics,
                new Traces(config.tracing(), "0", metrics),
                new ProbeHandler(new Readiness(), metrics.liveness()),
                new ReplaySlots(1, metrics.replays()),
                null,
                null,
                new Connections(false, "", metrics.guard()),
                null));
    Waiting.await(vertx.deployVerticle(server));
    return server.port();
  }

  private static void require(boolean holds, Object is, Object expected) {
    if (!holds) {
      throw new AssertionError(is + " (expected: " + expected + ")");
    }
  }
}
