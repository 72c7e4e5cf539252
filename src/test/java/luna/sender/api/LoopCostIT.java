package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.testing.LoopClock;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawHttp;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import luna.sender.testing.TestToken;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What one request costs the event loop of the packaged jar, whatever is in it: its CPU time, so
 * that other processes on the machine do not count.
 *
 * <p>Shape: each part of a request that the service or Vert.x reads is filled up to its limit with
 * each {@link #FILLS awkward text}.
 */
final class LoopCostIT {
  /** Before it is known who asks. */
  private static final Duration STRANGER = Duration.ofMillis(10);

  private static final Duration AUTHORISED = Duration.ofMillis(50);

  /** A garbage collection or a compilation may fall into one try, and hardly into all. */
  private static final int TRIES = 10;

  private static final int MOST_AT_ONCE = 40;

  private static final List<String> PAGES =
      List.of("/docs/spec", "/docs/dev/index.html", "/console/main.js");
  private static final List<String> METHODS = List.of("GET", "POST", "HEAD", "OPTIONS");
  private static final int HEADERS_BYTES = 32_000;
  private static final int LINE_BYTES = 32_600;
  private static final int BODY_BYTES = 1_000_000;
  private static final String SECRET = "a secret of thirty-two bytes or so";

  /** Each alone is harmless; so many of them in a row are what a parser goes back and forth in. */
  private static final List<String> FILLS =
      List.of(
          " ",
          "\t",
          " \t",
          ",",
          ", ",
          ";",
          "; ",
          "\"",
          "\"\"",
          "\\",
          "\\\"",
          "/",
          "//",
          "/.",
          "/..",
          "=",
          "%",
          "%20",
          "%2C",
          "%2e",
          "%2f",
          "%C3",
          "%zz",
          ":",
          "::",
          "-",
          ".",
          "..",
          "a",
          "0",
          "9",
          "_",
          "~",
          "+",
          "*",
          "?",
          "&",
          "a&",
          "=&",
          "a=&",
          "&a=b",
          "#",
          "|",
          "^",
          "$",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "<",
          "@",
          "\u00ff",
          "\u00c3\u00a9",
          "a,",
          "a, ",
          ",a;",
          "a;",
          "a=b;",
          ";a=b",
          "a=\"",
          "\",\"",
          "*/*,",
          ";q=0.5",
          "a/b;q=0.1,",
          "a;q=1,",
          "0-1,",
          "W/\"a\",",
          "for=1.2.3.4,",
          "for=\"[::1]\";",
          "127.0.0.1,",
          "[::1]:1,",
          "Bearer ",
          "upgrade,",
          "websocket,",
          "luna.bearer.a,",
          "permessage-deflate,",
          "permessage-deflate;a=b,",
          "eyJ.",
          "a.",
          "AA-",
          "e9",
          "1e",
          "0.0");

  private static final List<String> HEADERS =
      List.of(
          "Accept: text/html",
          "Accept-Charset: utf-8",
          "Accept-Encoding: gzip",
          "Accept-Language: en",
          "Access-Control-Request-Headers: a",
          "Access-Control-Request-Method: GET",
          "Authorization: Bearer",
          "Authorization: Bearer a",
          "Authorization: Basic a",
          "Cache-Control: a",
          "Connection: Upgrade",
          "Content-Encoding: gzip",
          "Content-Length: 0",
          "Content-Type: application/json",
          "Cookie: a",
          "Cookie: a=b; c=d",
          "Date: a",
          "Expect: a",
          "Forwarded: for=192.0.2.1",
          "HTTP2-Settings: a",
          "Host: a",
          "Host: 127.0.0.1:1",
          "If-Match: a",
          "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
          "If-None-Match: \"a\"",
          "Keep-Alive: a",
          "Luna-Account-Id: 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
          "Luna-Request-Id: 1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
          "Origin: http://a",
          "Origin: http://[::1]:80",
          "Proxy-Connection: a",
          "Range: bytes=0-",
          "Referer: a",
          "Sec-WebSocket-Extensions: permessage-deflate",
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol: luna.sender.v2",
          "Sec-WebSocket-Protocol: luna.sender.v2, luna.bearer.a",
          "Sec-WebSocket-Version: 13",
          "TE: a",
          "Transfer-Encoding: a",
          "Upgrade: websocket",
          "User-Agent: a",
          "X-Forwarded-For: 192.0.2.1",
          "X-Forwarded-Host: a",
          "X-Forwarded-Proto: a",
          "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "tracestate: a=b",
          "baggage: a=b",
          "b3: a");

  /** Of a handshake that lacks nothing. */
  private static final List<String> HANDSHAKE =
      List.of(
          "Host: test",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Luna-Account-Id: " + UUID.randomUUID());

  private static TestRedis redis;
  private static Target open;
  private static Target guarded;

  /** A packaged jar on one event loop, which serves Redis too. */
  private record Target(PackagedSender sender, LoopClock clock) {
    static Target start(Map<String, String> environment) throws Exception {
      PackagedSender sender = PackagedSender.start(redis, environment, PackagedCommand.FAST_START);
      return new Target(sender, LoopClock.of(sender.process()));
    }

    void stop() throws Exception {
      clock.close();
      sender.close();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    redis = new TestRedis();
    Map<String, String> all = new HashMap<>();
    all.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    all.put("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "1");
    all.put("LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL", "1");
    all.put("LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS", "10000");
    all.put("LUNA_SENDER_LIMITS__TRUSTED_PROXIES", "127.0.0.0/8,192.0.2.0/24");
    all.put("LUNA_SENDER_LIMITS__PROXY_HEADER", "Forwarded");
    all.put("LUNA_SENDER_TRACING__ENDPOINT", "http://127.0.0.1:9/v1/traces");
    all.put("LUNA_SENDER_TRACING__SAMPLE_RATIO", "1");
    open = Target.start(all);
    all.put("LUNA_SENDER_LIMITS__PROXY_HEADER", "X-Forwarded-For");
    all.put("LUNA_SENDER_AUTH__MODE", "jwt");
    all.put("LUNA_SENDER_AUTH__ALGORITHMS", "HS256");
    all.put("LUNA_SENDER_AUTH__SECRET", SECRET);
    all.put("LUNA_SENDER_AUTH__ISSUER", TestToken.ISSUER);
    all.put("LUNA_SENDER_AUTH__AUDIENCE", TestToken.AUDIENCE);
    guarded = Target.start(all);
  }

  @AfterAll
  static void stop() throws Exception {
    open.stop();
    guarded.stop();
    redis.close();
  }

  static List<String> headers() {
    return HEADERS;
  }

  @ParameterizedTest
  @MethodSource("headers")
  void headerOfAHandshakeCostsAStrangerLittle(String header) {
    check(open, STRANGER, filled(header).map(line -> request("GET /2/ws", with(line))));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void headerOfAGuardedRequestCostsAStrangerLittle(String header) {
    List<String> lines = filled(header).toList();
    check(
        guarded,
        STRANGER,
        IntStream.range(0, lines.size())
            .filter(i -> turn(i) == 0)
            .mapToObj(i -> request("POST /2/explain", with(lines.get(i)))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Accept", "Accept-", "Cookie", "Expect", "Host", "If-", "Range", "TE"})
  void headerOfAPageCostsAStrangerLittle(String start) {
    HEADERS.stream()
        .filter(header -> header.startsWith(start))
        .forEach(
            header -> {
              List<String> lines = filled(header).toList();
              check(
                  open,
                  STRANGER,
                  IntStream.range(0, lines.size())
                      .mapToObj(i -> request("GET " + page(i), with(lines.get(i)))));
            });
  }

  /** Each page gets a third of the lines: each header and each fill at each of its positions. */
  private static String page(int i) {
    return PAGES.get(turn(i));
  }

  /** Divides the lines of {@link #filled} by three, so that each part has each fill once. */
  private static int turn(int i) {
    return (i + i / 3) % 3;
  }

  @ParameterizedTest
  @MethodSource("headers")
  void headerInManyLinesCostsAStrangerLittle(String header) {
    String name = header.substring(0, header.indexOf(':') + 1);
    Stream<String> values =
        Stream.of("", " a", " upgrade", " a,b", "\t", " \"", header.substring(name.length()));
    check(
        open,
        STRANGER,
        values.map(
            value -> {
              String line = name + value;
              List<String> lines = new ArrayList<>(HANDSHAKE);
              for (int bytes = 0; bytes < HEADERS_BYTES - 1000; bytes += line.length() + 2) {
                lines.add(line);
              }
              return request("GET /2/ws", lines);
            }));
  }

  @Test
  void manyHeadersCostAStrangerLittle() {
    List<String> lines = new ArrayList<>(HANDSHAKE);
    for (int i = 0; i < 3000; i++) {
      lines.add("x" + i + ":");
    }
    check(open, STRANGER, Stream.of(request("GET /2/ws", lines)));
    check(open, STRANGER, Stream.of(request("GET /docs/spec", lines)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/2/",
        "/2/ws",
        "/2/ws/",
        "/2/ws;",
        "/docs/",
        "/docs/dev/",
        "/docs/spec/ui/",
        "/console/",
        "/../",
        "/2/explain",
        "*",
        ""
      })
  void pathCostsAStrangerLittle(String path) {
    check(
        open,
        STRANGER,
        IntStream.range(0, FILLS.size())
            .mapToObj(
                i ->
                    request(
                        METHODS.get(i % METHODS.size())
                            + " "
                            + filled(path, FILLS.get(i), LINE_BYTES, "b"),
                        HANDSHAKE)));
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void queryOfAHandshakeCostsLittle(String parameter) {
    check(guarded, STRANGER, handshakes(parameter));
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void queryOfAnAuthorisedHandshakeCostsLittle(String parameter) {
    check(open, AUTHORISED, handshakes(parameter));
  }

  /** Handshakes with the parameter filled to the limit of a line. */
  private static Stream<String> handshakes(String parameter) {
    return Stream.of("", "a,1,")
        .flatMap(
            start ->
                IntStream.range(0, FILLS.size())
                    .mapToObj(
                        i ->
                            filled(
                                "/2/ws?" + parameter + start,
                                FILLS.get(i),
                                LINE_BYTES,
                                i % 2 == 0 ? "" : "1")))
        .map(target -> request("GET " + target, HANDSHAKE));
  }

  /** Each list has a bound of its own; a URL has room for most of them at theirs. */
  @Test
  void manyListsOfAHandshakeCostLittle() {
    StringBuilder lists = new StringBuilder("/2/ws?");
    StringBuilder codes = new StringBuilder("/2/ws?");
    parameters()
        .filter(parameter -> parameter.endsWith("s="))
        .forEach(
            parameter -> {
              String values = "1,".repeat(999) + "1&";
              if (lists.length() + values.length() < LINE_BYTES) {
                lists.append(parameter).append(values);
              }
              codes.append(parameter).append("1,2&");
            });
    // These have all the same hash.
    String colliding =
        IntStream.range(0, 900)
            .mapToObj(
                i ->
                    IntStream.range(0, 10)
                        .mapToObj(bit -> (i >> bit & 1) == 0 ? "Aa" : "BB")
                        .collect(Collectors.joining()))
            .collect(Collectors.joining(","));
    check(
        open,
        AUTHORISED,
        Stream.of(lists, codes, "/2/ws?sources=" + colliding)
            .map(target -> request("GET " + target, HANDSHAKE)));
  }

  /** What an explanation costs the loop, which also carries the events of all accounts. */
  @ParameterizedTest
  @MethodSource("bodies")
  void bodyOfAQuestionCostsTheLoopLittle(String start, String end) {
    check(
        open,
        AUTHORISED,
        FILLS.stream()
            .map(fill -> fill.replace("\\", "\\\\").replace("\"", "\\\""))
            .map(fill -> filled(start, fill, BODY_BYTES, end))
            .map(LoopCostIT::question));
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        Arguments.of("{\"filter\":\"\",\"event\":{\"x\":\"", "\"}}"),
        Arguments.of("{\"filter\":\"\",\"event\":{\"source\":\"", "\"}}"),
        Arguments.of("{\"filter\":\"\",\"event\":{\"", "\":1}}"),
        Arguments.of("{\"filter\":\"\",\"event\":{},\"handler_id\":\"", "\"}"),
        Arguments.of("{\"filter\":\"\",\"event_id\":\"", "\"}"),
        Arguments.of("{\"event\":{},\"filter\":\"", "\"}"));
  }

  @Test
  void structureOfAQuestionCostsTheLoopLittle() {
    String event = "{\"filter\":\"\",\"event\":{\"x\":";
    check(
        open,
        AUTHORISED,
        Stream.of(
                filled(event, "[", BODY_BYTES, "}}"),
                filled(event, "{\"a\":", BODY_BYTES, "}}"),
                filled(event + "[", "[],", BODY_BYTES, "[]]}}"),
                filled(event + "[", "{},", BODY_BYTES, "{}]}}"),
                filled(event + "[", "1,", BODY_BYTES, "1]}}"),
                filled(event, "9", BODY_BYTES, "}}"),
                filled(event + "0.", "9", BODY_BYTES, "e-9}}"),
                filled(event + "1,\"tags\":[", "\"a\",", BODY_BYTES, "\"a\"]}}"),
                filled(event + "1", ",\"age\":1", BODY_BYTES, "}}"),
                filled(event + "1", ",\"tags\":[]", BODY_BYTES, "}}"),
                filled("{\"filter\":\"\",\"event\":{}", ",\"event\":{}", BODY_BYTES, "}"),
                filled("{\"event\":{},\"filter\":\"sources=", ",", 65_000, "\"}"),
                filled("{\"event\":{},\"filter\":\"emotions=1", "&masks=1", 65_000, "\"}"),
                filled("{\"event\":{},\"filter\":\"", "a&", 65_000, "\"}"),
                filled("", " ", BODY_BYTES, "{}"))
            .map(LoopCostIT::question));
  }

  /** A search among 10,000 kept events, which are all of one account and all mention the id. */
  @Test
  void searchForAKeptEventCostsTheLoopLittle() {
    String account = UUID.randomUUID().toString();
    try (TestSocket client = TestSocket.open(open.sender.port(), account, "sources=nobody")) {
      String event = "{\"x\":\"wanted\",\"event_id\":\"other\"},";
      for (int i = 0; i < 100; i++) {
        redis.publish(account, "{\"events\":[" + event.repeat(100) + "{}]}");
      }
      String body = "{\"filter\":\"\",\"event_id\":\"wanted\"}";
      check(
          open,
          AUTHORISED,
          Stream.of(RawHttp.post("/2/explain", body, "Luna-Account-Id: " + account)));
    }
  }

  private static String question(String body) {
    return RawHttp.post("/2/explain", body, "Luna-Account-Id: " + UUID.randomUUID());
  }

  /** Each query parameter of the contract, and names that are none. */
  static Stream<String> parameters() {
    List<String> names = new ArrayList<>(List.of("", "a", "a=b&", "token=", "gender=1&gender="));
    OpenApi.document()
        .at("/components/parameters")
        .forEach(
            parameter -> {
              if (parameter.path("in").asText().equals("query")) {
                names.add(parameter.path("name").asText() + "=");
              }
            });
    return names.stream();
  }

  private static Stream<String> filled(String header) {
    String separator = header.contains("=") ? "=" : ": ";
    String half = header.substring(0, header.indexOf(separator) + separator.length());
    return FILLS.stream()
        .flatMap(
            fill ->
                Stream.of(
                    filled(header, fill, HEADERS_BYTES - 600, ""),
                    filled(header, fill, HEADERS_BYTES - 600, "x y"),
                    filled(half, fill, HEADERS_BYTES - 600, "b")));
  }

  private static String filled(String start, String fill, int bytes, String end) {
    return start + fill.repeat((bytes - start.length() - end.length()) / fill.length()) + end;
  }

  private static List<String> with(String line) {
    String name = line.substring(0, line.indexOf(':') + 1);
    List<String> lines = new ArrayList<>(HANDSHAKE);
    lines.removeIf(other -> other.startsWith(name));
    lines.add(line);
    return lines;
  }

  private static String request(String methodAndTarget, List<String> lines) {
    return methodAndTarget + " HTTP/1.1\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
  }

  /**
   * Sends each request on its own connection, in batches. If a batch costs less than the limit of
   * one request, so does each of its requests; otherwise they are repeated one by one. The size of
   * a batch is chosen so that it costs about half the limit.
   */
  private static void check(Target target, Duration bound, Stream<String> requests) {
    List<String> all = requests.toList();
    TreeMap<Long, String> slow = new TreeMap<>();
    int size = 1;
    for (int from = 0; from < all.size(); ) {
      List<String> batch = all.subList(from, Math.min(all.size(), from + size));
      long nanos = cost(target, batch);
      if (nanos > bound.toNanos()) {
        batch.forEach(request -> checkAlone(target, bound, request, slow));
      }
      from += batch.size();
      long fitting = bound.toNanos() / 2 * batch.size() / Math.max(1, nanos);
      size = (int) Math.max(1, Math.min(fitting, MOST_AT_ONCE));
    }
    assertThat(slow.descendingMap()).as("milliseconds of the event loop").isEmpty();
  }

  private static void checkAlone(
      Target target, Duration bound, String request, Map<Long, String> slow) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < TRIES && least > bound.toNanos(); i++) {
      least = Math.min(least, cost(target, List.of(request)));
    }
    if (least > bound.toNanos()) {
      slow.put(least / 1_000_000, shown(request));
    }
  }

  private static long cost(Target target, List<String> requests) {
    long before = target.clock.nanos();
    requests.forEach(request -> exchange(target.sender.port(), request));
    return target.clock.nanos() - before;
  }

  private static void exchange(int port, String request) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) Waiting.PATIENCE.toMillis() * 4);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder head = new StringBuilder();
      byte[] bytes = new byte[8192];
      int read = 0;
      while (read >= 0 && head.indexOf("\r\n\r\n") < 0) {
        read = socket.getInputStream().read(bytes);
        head.append(new String(bytes, 0, Math.max(0, read), StandardCharsets.ISO_8859_1));
      }
    } catch (java.net.SocketException reset) {
      // An end, too.
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String shown(String request) {
    StringBuilder shown = new StringBuilder();
    for (String line : request.split("\r\n", -1)) {
      if (line.length() > 200) {
        shown
            .append(line, 0, 80)
            .append(" … ")
            .append(line.substring(line.length() - 20))
            .append(" | ");
      } else if (line.startsWith("GET") || line.startsWith("POST")) {
        shown.append(line).append(" | ");
      }
    }
    return shown.toString();
  }
}
