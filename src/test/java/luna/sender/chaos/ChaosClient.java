package luna.sender.chaos;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A client that connects, stays for a random time, disconnects, and connects to another node with
 * another filter.
 *
 * <p>Owner: confined to its event loop, except {@link #pause} and {@link #end}.
 */
final class ChaosClient {
  private static final double STAY_MILLIS = 60_000;
  private static final List<String> POLICIES = List.of("close", "drop_oldest", "latest");

  private final Vertx vertx;
  private final WebSocketClient client;
  private final List<Integer> ports;
  private final AccountLog log;
  private final RunResults results;
  private final int number;
  private final boolean history;
  private final Random random;

  /** The filter; with history, always the same one. */
  private @Nullable ChaosFilter filter;

  private int sessions;
  private boolean ending;
  private @Nullable WebSocket socket;
  private @Nullable FrameCheck check;

  /** With history, the check of all connections, as soon as there is a position. */
  private @Nullable FrameCheck lasting;

  ChaosClient(
      Vertx vertx,
      WebSocketClient client,
      List<Integer> ports,
      AccountLog log,
      RunResults results,
      int number,
      boolean history) {
    this.vertx = vertx;
    this.client = client;
    this.ports = ports;
    this.log = log;
    this.results = results;
    this.number = number;
    this.history = history;
    this.random = new Random(number);
  }

  AccountLog log() {
    return log;
  }

  /** Connects after a random time. */
  void connectWithin(long millis) {
    vertx.setTimer(1 + random.nextLong(millis), now -> connect());
  }

  private void connect() {
    if (ending) {
      return;
    }
    ChaosFilter wanted = filter == null || !history ? ChaosFilter.random(random) : filter;
    filter = wanted;
    int port = ports.get(random.nextInt(ports.size()));
    String policy = history ? "close" : POLICIES.get(random.nextInt(POLICIES.size()));
    FrameCheck continued = lasting != null && lasting.position() != null ? lasting : null;
    String start =
        !history
            ? ""
            : "&positions=1" + (continued == null ? "" : "&after=" + continued.position());
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setURI("/2/ws?" + wanted.query() + "&slow=" + policy + start)
            .addHeader("Luna-Account-Id", log.account);
    options.setTimeout(5000);
    String name = "client %d.%d at %d, %s".formatted(number, ++sessions, port, policy);
    client
        .connect(options)
        .onSuccess(
            opened ->
                opened(
                    opened,
                    continued == null ? new FrameCheck(log, wanted, name, results) : continued))
        .onFailure(
            refusal -> {
              results.refused.increment();
              connectWithin(1000);
            });
  }

  private void opened(WebSocket opened, FrameCheck opening) {
    results.opened.increment();
    socket = opened;
    check = opening;
    lasting = history ? opening : null;
    opened.textMessageHandler(opening::frame);
    opened.exceptionHandler(broken -> {});
    long stay = (long) (-Math.log(1 - random.nextDouble()) * STAY_MILLIS);
    long leave = vertx.setTimer(1 + stay, now -> leave(opened));
    opened.closeHandler(
        closed -> {
          // If the timer can still be cancelled, it did not close the socket.
          if (vertx.cancelTimer(leave)) {
            Short code = opened.closeStatusCode();
            results.closed(code == null ? 1006 : code);
          }
          if (socket == opened) {
            socket = null;
            check = null;
          }
          connectWithin(1000);
        });
  }

  private void leave(WebSocket opened) {
    if (!ending) {
      opened.close();
    }
  }

  /** Stops reading for a while, like a busy client. */
  void pause(long millis) {
    vertx.runOnContext(
        now -> {
          WebSocket busy = socket;
          if (busy != null) {
            busy.pause();
            vertx.setTimer(millis, later -> busy.resume());
          }
        });
  }

  /** Neither disconnects nor reconnects from now on. */
  void stay() {
    ending = true;
  }

  /** Checks the events after the last one received; returns whether it is connected. */
  boolean end() {
    if (check == null) {
      return false;
    }
    check.end();
    return true;
  }
}
