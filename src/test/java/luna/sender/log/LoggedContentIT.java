package luna.sender.log;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Tests what the log contains of data from others, with all levels enabled and in both formats. */
final class LoggedContentIT {
  /** Stands for biometric data of a face. */
  private static final String MARKER = "biometric-marker";

  /**
   * Three kinds of line breaks, an escape sequence for colour, NUL, and a change of the text
   * direction.
   */
  private static final String HARMFUL = "\r\nINFO forged\n\u001b[31m\u0000\u0085\u2028\u202e";

  @RegisterExtension
  final Service service = Service.shared("REDIS_DB_ADDRESS__PAYLOAD_LIMIT_BYTES=100000");

  private final String account = Service.account();
  private final Queue<ILoggingEvent> logged = new ConcurrentLinkedQueue<>();
  private final Logger root =
      ((LoggerContext) LoggerFactory.getILoggerFactory())
          .getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = root.getLoggerContext().getLogger("luna.sender");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          logged.add(event);
        }
      };

  @BeforeEach
  void listen() {
    ours.setLevel(Level.TRACE);
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void detach() {
    root.detachAppender(appender);
    ours.setLevel(null);
  }

  @Test
  void contentOfEventsIsNeverLoggedOrInErrors() {
    service.expectWarning("Malformed payload");
    TestSocket open = service.open(account, "");
    TestSocket picky = service.open(account, "sources=another");
    JsonObject full = event(MARKER).put(MARKER, MARKER).put("source", MARKER);
    full.put("tags", new JsonArray().add(MARKER));
    full.put("matches", new JsonArray().add(match(MARKER, 0.5)));
    with(full, "location.city", MARKER);
    with(full, "face_attributes.basic_attributes.ethnicities.predominant_ethnicity", MARKER);
    with(full, "aggregate_estimations.face.attributes.liveness.prediction", MARKER);
    String right = payload(full);
    List<String> wrong = new ArrayList<>();
    wrong.add(MARKER);
    wrong.add("\"" + MARKER + "\"");
    wrong.add("{\"" + MARKER + "\":1}");
    wrong.add("{\"events\":\"" + MARKER + "\"}");
    wrong.add("{\"events\":[\"" + MARKER + "\"]}");
    wrong.add(payload(full).replace("\"Luna-Request-Id\":", "\"Luna-Request-Id\":{},\"a\":"));
    wrong.add(payload(full).replace("\"handler_id\":\"", "\"handler_id\":[],\"a\":\"" + MARKER));
    wrong.add(payload(full) + MARKER);
    wrong.add("{\"" + MARKER + "\":" + "[".repeat(200));
    wrong.add(payload(event("large").put("image", MARKER.repeat(10_000))));
    wrong.add(payload(full).replace(MARKER + "\"", MARKER + "\\x\""));
    for (int cut = 1; cut < right.length(); cut += 40) {
      wrong.add(right.substring(0, cut));
    }
    wrong.forEach(payload -> service.redis().publish(account, payload));
    byte[] notUtf8 = right.getBytes(StandardCharsets.UTF_8);
    notUtf8[right.indexOf(MARKER)] = (byte) 0xFF;
    service.redis().publish(account, notUtf8);
    service.redis().publish(account, right);
    service.redis().publish(account, payload(event("last").put("source", "another")));
    assertThat(picky.nextEventId()).isEqualTo("last");
    for (String id = ""; !id.equals("last"); ) {
      id = open.nextEventId();
    }
    assertThat(service.metric("luna_sender_malformed")).isGreaterThan(wrong.size() / 2.0);
    for (String path : new String[] {"/healthcheck", "/metrics", "/config", "/nothing", "/2/ws"}) {
      assertThat(service.get(path).body()).doesNotContain(MARKER);
    }
    open.close();
    picky.close();
    until(
        "both are closed and reported", () -> lines().stream().filter(this::isClosed).count() == 4);
    assertThat(lines()).hasSizeGreaterThan(4).noneMatch(line -> line.contains(MARKER));
  }

  @Test
  void clientInputCannotBreakLinesOrControlATerminal() throws Exception {
    String bytes =
        new String(HARMFUL.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    String oneLine = bytes.replace("\r", "").replace("\n", "").replace("\u0000", "");
    String encoded = URLEncoder.encode(HARMFUL, StandardCharsets.UTF_8);
    List<String> requests = new ArrayList<>();
    for (String text : new String[] {bytes, oneLine, encoded}) {
      requests.add(get("/version", "Luna-Request-Id: " + text));
      requests.add(
          get(
              "/version",
              "Luna-Request-Id: 1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a" + text));
      requests.add(get("/2/ws", handshake(account + text)));
      requests.add(get("/2/ws", handshake(account, "User-Agent: " + text, "Origin: " + text)));
      requests.add(get("/2/ws?sources=" + text + "&" + text + "=1", handshake(account)));
      requests.add(get("/2/ws?gender=" + text, handshake(account)));
      requests.add(get("/" + text));
      requests.add(get("/docs/dev/" + text));
      requests.add(get("/docs/spec", "Accept: " + text));
      requests.add(RawHttp.request("GET" + text, "/version"));
      requests.add(get("/version", "Host: " + text, "X-" + text + ": 1"));
    }
    for (String request : requests) {
      try (RawHttp connection = RawHttp.connect(service.port())) {
        Answer answer = connection.send(request).answer();
        // It must not become a header, or a part of one.
        assertThat(answer.headers().toString()).doesNotContain("forged\n").matches("[ -~]*");
      } catch (UncheckedIOException refused) {
        // Without a response.
      }
    }
    try (RawSocket socket = new RawSocket(service.port(), account)) {
      socket.sendFrame(RawSocket.TEXT, true, HARMFUL.getBytes(StandardCharsets.UTF_8));
      socket.sendFrame(
          RawSocket.CLOSE, true, ("\u000f\u0021" + HARMFUL).getBytes(StandardCharsets.UTF_8));
      assertThat(socket.nextButPing().opcode()).isEqualTo(RawSocket.CLOSE);
    }
    assertThat(lines()).hasSizeGreaterThan(20).allMatch(line -> line.matches("[ -~]+\n"));
  }

  /** Returns whether it reports a closed client of this test; others can close late. */
  private boolean isClosed(String line) {
    return line.contains("WebSocket closed") && line.contains(account);
  }

  /** Returns each event in both formats. */
  private List<String> lines() {
    TextLayout text = new TextLayout(ZoneOffset.UTC);
    JsonLayout json = new JsonLayout();
    json.start();
    List<String> lines = new ArrayList<>();
    for (ILoggingEvent event : logged) {
      lines.add(text.doLayout(event));
      lines.add(new String(json.encode(event), StandardCharsets.UTF_8));
    }
    return lines;
  }
}
