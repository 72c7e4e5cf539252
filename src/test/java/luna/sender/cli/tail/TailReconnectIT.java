package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests {@code tail} when a connection ends or is rejected. */
final class TailReconnectIT {
  private final Vertx vertx = Vertx.vertx();
  private final String account = Service.account();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();

  /** The tokens of the handshakes. */
  private final List<String> tokens = new ArrayList<>();

  @TempDir Path directory;

  @AfterEach
  void end() {
    await(vertx.close());
  }

  private CompletableFuture<Integer> tail(
      int port, Map<String, String> environment, String... arguments) {
    List<String> all = new ArrayList<>(List.of("-a", account, "--url=ws://127.0.0.1:" + port));
    all.addAll(List.of(arguments));
    CommandLine command =
        new CommandLine(new TailCommand(out, environment))
            .setErr(new PrintWriter(err, true))
            .setCaseInsensitiveEnumValuesAllowed(true);
    return CompletableFuture.supplyAsync(() -> command.execute(all.toArray(String[]::new)));
  }

  private static int code(CompletableFuture<Integer> tail) throws Exception {
    return tail.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Starts a server that answers the handshakes with these in turn, and then with an event and an
   * open connection.
   */
  @SafeVarargs
  private int server(Consumer<HttpServerRequest>... answers) {
    BlockingQueue<Consumer<HttpServerRequest>> left = new LinkedBlockingQueue<>(List.of(answers));
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  tokens.add(String.valueOf(request.getHeader("Authorization")));
                  Consumer<HttpServerRequest> next = left.poll();
                  if (next == null) {
                    request
                        .toWebSocket()
                        .onSuccess(open -> open.writeTextMessage("{\"event\":{}}"));
                  } else {
                    next.accept(request);
                  }
                });
    return await(server.listen(0, "127.0.0.1")).actualPort();
  }

  private static Consumer<HttpServerRequest> close(int code) {
    return request -> request.toWebSocket().onSuccess(open -> open.close((short) code, "words"));
  }

  private static Consumer<HttpServerRequest> refuse(int status, String... headers) {
    return request -> {
      request.response().setStatusCode(status);
      for (int i = 0; i < headers.length; i += 2) {
        request.response().putHeader(headers[i], headers[i + 1]);
      }
      request.response().end("{\"error_code\":1,\"desc\":\"d\",\"detail\":\"why\"}");
    };
  }

  @Test
  void restartedServiceIsReconnected() throws Exception {
    try (TestRedis redis = new TestRedis()) {
      Sender first = sender(0, redis);
      int port = first.port();
      CompletableFuture<Integer> tail = tail(port, Map.of(), "--limit=2");
      until("it is open", () -> redis.publish(account, payload(event("1"))) == 1);
      until("the first has arrived", () -> out.toString(UTF_8).contains("\"1\""));
      await(first.stop());
      Sender second = sender(port, redis);
      until(
          "it is open again",
          () -> {
            redis.publish(account, payload(event("2")));
            return tail.isDone();
          });
      assertThat(code(tail)).isZero();
      assertThat(out.toString(UTF_8).lines()).hasSize(2);
      assertThat(err.toString())
          .contains("connection lost (1001 going away); next attempt in ", "reconnected to ");
      await(second.stop());
    }
  }

  private static Sender sender(int port, TestRedis redis) {
    Sender sender =
        await(
            Sender.start(
                ConfigLoader.load(
                    null,
                    Map.of(
                        "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
                        "LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port),
                        "REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())))));
    until(
        "Redis is connected",
        () ->
            sender.metrics().registry().find("luna_sender_bridges_ready").gauges().stream()
                .anyMatch(ready -> ready.value() == 1));
    return sender;
  }

  @Test
  void temporaryEndsAreReconnected() throws Exception {
    int port = server(close(1011), close(4008), request -> request.connection().close());
    assertThat(code(tail(port, Map.of(), "--limit=1"))).isZero();
    assertThat(err.toString())
        .contains("(1011 words); next attempt", "(4008 words); ", "slow=drop_oldest");
  }

  @Test
  void permanentErrorsEndTheCommand() throws Exception {
    for (int code : new int[] {1002, 1007, 1008, 1009}) {
      assertThat(code(tail(server(close(code)), Map.of()))).isEqualTo(4);
      assertThat(err.toString()).contains("(" + code + " words)");
    }
  }

  @Test
  void lostConnectionEndsTheCommandWithoutReconnection() throws Exception {
    assertThat(code(tail(server(close(1001)), Map.of(), "--no-reconnect"))).isEqualTo(4);
    assertThat(tokens).hasSize(1);
  }

  @Test
  void tokenFileIsReadAgainAfterExpiry() throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "old\n");
    int port =
        server(
            request -> {
              write(file, "new\n");
              close(4401).accept(request);
            });
    assertThat(code(tail(port, Map.of(), "--limit=1", "--token-file=" + file))).isZero();
    assertThat(tokens).containsExactly("Bearer old", "Bearer new");
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (java.io.IOException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void expiredTokenWithoutASuccessorEndsTheCommand() throws Exception {
    int port = server(close(4401));
    assertThat(code(tail(port, Map.of("LUNA_SENDER_TOKEN", "s3cret")))).isEqualTo(3);
    assertThat(tokens).containsExactly("Bearer s3cret");
    assertThat(err.toString()).contains("no newer token available").doesNotContain("s3cret");
  }

  @Test
  void rejectedTokenOrAccountIsExitCode3() throws Exception {
    assertThat(code(tail(server(refuse(401)), Map.of()))).isEqualTo(3);
    assertThat(code(tail(server(refuse(403)), Map.of()))).isEqualTo(3);
    assertThat(err.toString())
        .contains("rejected with HTTP 401: why", "rejected with HTTP 403: why");
  }

  @Test
  void retryAfterIsRespected() throws Exception {
    int port = server(refuse(503, "Retry-After", "1"), refuse(429, "Retry-After", "1"));
    long start = System.nanoTime();
    assertThat(code(tail(port, Map.of(), "--limit=1"))).isZero();
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.SECONDS.toNanos(2));
    assertThat(tokens).hasSize(3);
    int strict = server(refuse(503, "Retry-After", "1"));
    assertThat(code(tail(strict, Map.of(), "--no-reconnect"))).isEqualTo(1);
  }

  @Test
  void proxyErrorIsRetriedOnlyAfterAConnection() throws Exception {
    assertThat(code(tail(server(refuse(502)), Map.of()))).isEqualTo(1);
    int port = server(close(1001), refuse(502), refuse(404));
    assertThat(code(tail(port, Map.of(), "--limit=1"))).isZero();
  }
}
