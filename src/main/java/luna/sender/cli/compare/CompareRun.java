package luna.sender.cli.compare;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import luna.sender.cli.client.TlsTrust;
import luna.sender.cli.tail.ConnectError;
import luna.sender.cli.tail.Endpoint;
import luna.sender.cli.tail.HandshakeWarnings;
import org.jspecify.annotations.Nullable;

/**
 * Connects to both services and compares what they send.
 *
 * <p>How: messages count from {@link #START} after both connections are open. After the given time,
 * messages may arrive for {@code settle}, and only complete pairs count from then on.
 *
 * <p>Errors: the future fails if a connection cannot be opened. A connection that ends ends the
 * comparison, with what was compared until then.
 *
 * <p>Owner: confined to one event loop.
 */
final class CompareRun {
  /** An event published just before both were subscribed may arrive at one of them. */
  private static final Duration START = Duration.ofSeconds(1);

  /** The largest payload limit that the service can be configured with. */
  private static final int MESSAGE_LIMIT_BYTES = 1 << 29;

  private final Vertx vertx;
  private final Settings settings;
  private final StreamComparison comparison = new StreamComparison();
  private final Promise<Result> ended = Promise.promise();

  /** Keeps references, because Vert.x closes the connections of a client that is collected. */
  private final List<WebSocketClient> clients = new ArrayList<>();

  private long fromNanos;
  private boolean over;

  /**
   * @param first the service whose messages are expected
   * @param query the same for both; empty = none
   * @param time how long to compare; null = until {@link #end}
   * @param settle how long an event may take to arrive at the other service
   */
  record Settings(
      Endpoint first,
      Endpoint second,
      String account,
      String query,
      @Nullable String token,
      TlsTrust trust,
      @Nullable Duration time,
      Duration settle) {}

  /**
   * @param lost which connection has ended, and its close code; empty if none has
   */
  record Result(ComparisonReport report, String lost) {}

  CompareRun(Vertx vertx, Settings settings) {
    this.vertx = vertx;
    this.settings = settings;
  }

  /**
   * Starts; the future succeeds at the end.
   *
   * @param notice called when messages begin to count, and with warnings about the filters
   */
  Future<Result> run(Consumer<String> notice) {
    return Future.all(
            connect(settings.first, "first", comparison::addFirst, notice),
            connect(settings.second, "second", comparison::addSecond, notice))
        .compose(
            opened -> {
              fromNanos = System.nanoTime() + START.toNanos();
              vertx.setTimer(START.toMillis(), now -> notice.accept("comparing"));
              if (settings.time != null) {
                vertx.setTimer(Math.max(1, START.plus(settings.time).toMillis()), now -> end());
              }
              return ended.future();
            });
  }

  /** Ends the comparison after messages had time to arrive. */
  void end() {
    if (!over) {
      over = true;
      long until = System.nanoTime();
      vertx.setTimer(
          Math.max(1, settings.settle.toMillis()),
          settled -> ended.tryComplete(new Result(comparison.report(fromNanos, until), "")));
    }
  }

  private Future<?> connect(
      Endpoint endpoint, String name, Consumer<Message> messages, Consumer<String> notice) {
    WebSocketClientOptions options =
        new WebSocketClientOptions()
            .setMaxFrameSize(MESSAGE_LIMIT_BYTES)
            .setMaxMessageSize(MESSAGE_LIMIT_BYTES)
            .setSsl(endpoint.tls());
    settings.trust.apply(options);
    WebSocketConnectOptions request =
        new WebSocketConnectOptions()
            .setHost(endpoint.peer())
            .setPort(endpoint.port())
            .setURI(endpoint.path() + (settings.query.isEmpty() ? "" : "?" + settings.query))
            .putHeader("Luna-Account-Id", settings.account);
    if (settings.token != null) {
      request.putHeader("Authorization", "Bearer " + settings.token);
    }
    WebSocketClient client = vertx.createWebSocketClient(options);
    clients.add(client);
    return client
        .connect(request)
        .onSuccess(
            socket -> {
              HandshakeWarnings.of(socket.headers())
                  .forEach(warning -> notice.accept(name + ": " + warning));
              socket.textMessageHandler(
                  text -> messages.accept(Message.of(text, System.nanoTime())));
              socket.closeHandler(closed -> lost(name, socket));
            })
        .recover(
            failure ->
                Future.failedFuture(
                    name + ": " + endpoint.text() + ": " + ConnectError.describe(failure)));
  }

  private void lost(String name, WebSocket socket) {
    // An event that only one has sent may have been on its way to the other.
    ended.tryComplete(
        new Result(
            comparison.report(fromNanos, System.nanoTime() - settings.settle.toNanos()),
            name
                + ": "
                + (socket.closeStatusCode() == null
                    ? "ended without a close frame"
                    : "closed with " + socket.closeStatusCode())));
  }
}
