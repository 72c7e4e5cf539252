package luna.sender.cli.compare;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.CommandLine;

/** Tests {@code compare} with two services, and with one that makes mistakes. */
final class CompareCommandIT {
  @RegisterExtension final Service service = Service.shared();

  private final Vertx vertx = Vertx.vertx();
  private final String account = Service.account();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  @Test
  void twoServicesThatSendTheSameHaveNoDifference() {
    try (StartedSender other = StartedSender.start(service.redis(), Map.of())) {
      until("the other is ready", () -> other.bridgesReady() == 1);
      CompletableFuture<Integer> compared = compare(other.port(), "gender=1");
      publish(20);
      assertThat(compared.join()).as(err::toString).isZero();
    }
    assertThat(out.toString())
        .containsPattern("compared +20 events")
        .containsPattern("only first +0")
        .containsPattern("delay .* p50 ");
  }

  @Test
  void wrongByteLostAndSwappedEventsAreFound() {
    CompletableFuture<Integer> compared = compare(mistaken(), "");
    publish(20);
    assertThat(compared.join()).isEqualTo(5);
    assertThat(out.toString())
        .containsPattern("compared +19 events")
        .containsPattern("only first +1\\R +e5\\R")
        .containsPattern("only second +0")
        .containsPattern("other bytes +1\\R +e3: byte [0-9]+: event\\.source: other value\\R")
        .containsPattern("out of order +1\\R +e[78]\\R")
        .doesNotContain("camera");
  }

  /** Vert.x closes the connections of a client that nobody refers to any more. */
  @Test
  void garbageCollectionClosesNoConnection() {
    try (StartedSender other = StartedSender.start(service.redis(), Map.of())) {
      until("the other is ready", () -> other.bridgesReady() == 1);
      CompletableFuture<Integer> compared = compare(other.port(), "gender=1");
      until("it compares", () -> err.toString().contains("comparing"));
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      publish(20);
      assertThat(compared.join()).as(err::toString).isZero();
    }
  }

  @Test
  void misspeltAndInvalidFiltersAreReported() {
    assertThat(compare(service.port(), "gendr=1").join()).isEqualTo(1);
    assertThat(err.toString())
        .contains("first: warning: the server ignores unknown parameters: gendr");
    assertThat(compare(service.port(), "gender=male").join()).isEqualTo(1);
    assertThat(err.toString())
        .contains("ws://127.0.0.1:" + service.port(), "rejected with HTTP 400", "gender: male");
  }

  @Test
  void jsonHasTheSame() {
    CompletableFuture<Integer> compared = compare(mistaken(), "", "--json");
    publish(20);
    assertThat(compared.join()).isEqualTo(5);
    JsonObject report = new JsonObject(out.toString());
    assertThat(report.getInteger("compared")).isEqualTo(19);
    assertThat(report.getJsonArray("only_first")).containsExactly("e5");
    assertThat(report.getJsonObject("delay_ms").fieldNames())
        .containsExactlyInAnyOrder("p50", "p99");
  }

  @Test
  void withoutEventsNothingWasCompared() {
    assertThat(compare(service.port(), "").join()).isEqualTo(1);
    assertThat(err.toString()).contains("nothing was compared");
  }

  @Test
  void unreachableServiceEndsWith1() {
    assertThat(compare(1, "").join()).isEqualTo(1);
    assertThat(err.toString()).contains("luna-sender: ");
  }

  @Test
  void lostConnectionEndsTheComparison() {
    int port =
        server(
            request ->
                request
                    .toWebSocket()
                    .onSuccess(socket -> vertx.setTimer(100, now -> socket.close((short) 1001))));
    assertThat(compare(port, "").join()).isEqualTo(4);
    assertThat(err.toString()).contains("connection lost: second: closed with 1001");
  }

  @Test
  void invalidOptionIsNamed() {
    assertThat(run("--with", "ftp://x", "-a", account)).isEqualTo(2);
    assertThat(run("--with", "http://x", "-a", "me")).isEqualTo(2);
    assertThat(run("-a", account)).isEqualTo(2);
    assertThat(run("--with", "http://x?gender=1", "-a", account)).isEqualTo(2);
    assertThat(err.toString()).contains("--with: ftp://x", "--account: me", "--with=");
  }

  /** Publishes events, each with an id and a camera, when both connections have been counted. */
  private void publish(int count) {
    until("it compares", () -> err.toString().contains("comparing"));
    for (int i = 0; i < count; i++) {
      JsonObject event = with(event("e" + i), "face_attributes.basic_attributes.gender", 1);
      service.redis().publish(account, payload(event.put("source", "camera 1")));
    }
  }

  private CompletableFuture<Integer> compare(int port, String filter, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-u",
                "http://127.0.0.1:" + service.port(),
                "--with",
                "ws://127.0.0.1:" + port,
                "-a",
                account,
                "--for",
                "3s",
                "--settle",
                "1s"));
    arguments.addAll(List.of(more));
    if (!filter.isEmpty()) {
      arguments.add(filter);
    }
    return CompletableFuture.supplyAsync(() -> run(arguments.toArray(String[]::new)));
  }

  private int run(String... arguments) {
    return new CommandLine(new CompareCommand(Map.of()))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** Starts a server that passes on what the service sends, with mistakes. */
  private int mistaken() {
    WebSocketClient client = vertx.createWebSocketClient(new WebSocketClientOptions());
    return server(
        request -> {
          request.pause();
          client
              .connect(
                  new WebSocketConnectOptions()
                      .setHost("127.0.0.1")
                      .setPort(service.port())
                      .setURI(request.uri())
                      .putHeader("Luna-Account-Id", account))
              .onSuccess(
                  origin -> request.toWebSocket().onSuccess(socket -> passOn(origin, socket)));
        });
  }

  private static void passOn(WebSocket origin, ServerWebSocket socket) {
    List<String> held = new ArrayList<>();
    origin.textMessageHandler(
        text -> {
          switch (new JsonObject(text).getJsonObject("event").getString("event_id")) {
            case "e3" -> socket.writeTextMessage(text.replace("camera 1", "camera 2"));
            case "e5" -> {}
            case "e7" -> held.add(text);
            case "e8" -> {
              socket.writeTextMessage(text);
              held.forEach(socket::writeTextMessage);
            }
            default -> socket.writeTextMessage(text);
          }
        });
  }

  private int server(Handler<HttpServerRequest> onRequest) {
    HttpServer server = vertx.createHttpServer().requestHandler(onRequest);
    return await(server.listen(0, "127.0.0.1")).actualPort();
  }
}
