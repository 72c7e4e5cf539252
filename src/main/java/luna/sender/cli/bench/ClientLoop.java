package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one event loop: connects them at a bounded rate, and asks them in the end.
 *
 * <p>Shape: client {@code c} of the run has account {@code c} modulo the accounts, and the filters
 * in turn within each account.
 *
 * <p>Errors: a handshake that fails is counted by its reason; the others go on.
 *
 * <p>Owner: its own event loop; the methods that give a future may be called from any thread.
 */
final class ClientLoop extends VerticleBase {
  private static final int TICK_MILLIS = 5;
  private static final int MAX_PENDING = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int REFUSAL_CHARS = 500;

  /** Far above what a Sender sends. */
  private static final int MAX_MESSAGE_BYTES = 1 << 26;

  private final BenchPlan plan;
  private final BenchRun run;
  private final List<String> accounts;
  private final List<Wish> wishes;
  private final int first;
  private final int end;
  private final double connectsPerNano;
  private final BenchClient.Room room = new BenchClient.Room();
  private final List<BenchClient> clients = new ArrayList<>();
  private final Promise<Void> connected = Promise.promise();

  final LoopCounts tally = new LoopCounts();

  /** Kept, for Vert.x closes a client that has become garbage. */
  private @Nullable WebSocketClient http;

  private long started;
  private int begun;
  private int pending;

  /** A filter as a query, and what passes it. */
  record Wish(String query, WantedEvents wanted) {}

  /** What came of all the loop's clients. */
  record Outcome(long expected, long lost) {}

  /**
   * @param first of its clients in the run
   * @param end the first that is not its own any more
   * @param loops how many there are, which share the rate of handshakes
   */
  ClientLoop(
      BenchPlan plan,
      BenchRun run,
      List<String> accounts,
      List<Wish> wishes,
      int first,
      int end,
      int loops) {
    this.plan = plan;
    this.run = run;
    this.accounts = accounts;
    this.wishes = wishes;
    this.first = first;
    this.end = end;
    this.connectsPerNano = plan.connectRate() / 1e9 / loops;
  }

  @Override
  public Future<?> start() {
    http =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxConnections(Math.max(1, end - first))
                .setMaxFrameSize(MAX_MESSAGE_BYTES)
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setConnectTimeout((int) TIMEOUT.toMillis()));
    return Future.succeededFuture();
  }

  /** Succeeds when each handshake has succeeded or failed. */
  Future<Void> connect() {
    context.runOnContext(
        go -> {
          started = System.nanoTime();
          tick();
        });
    return connected.future();
  }

  private void tick() {
    long due = 1 + (long) ((System.nanoTime() - started) * connectsPerNano);
    while (first + begun < end && begun < due && pending < MAX_PENDING) {
      open(first + begun++);
    }
    if (first + begun < end) {
      vertx.setTimer(TICK_MILLIS, again -> tick());
    } else {
      complete();
    }
  }

  private void complete() {
    if (first + begun == end && pending == 0) {
      connected.tryComplete();
    }
  }

  private void open(int number) {
    pending++;
    int account = number % accounts.size();
    Wish wish = wishes.get(number / accounts.size() % wishes.size());
    long asked = System.nanoTime();
    connect(accounts.get(account), wish.query)
        .onSuccess(
            socket -> {
              tally.handshakes.recordValue(LoopCounts.recordable(System.nanoTime() - asked));
              tally.open.increment();
              clients.add(new BenchClient(run, tally, number, account, wish.wanted, socket, room));
            })
        .onFailure(this::refused)
        .onComplete(
            done -> {
              pending--;
              complete();
            });
  }

  private Future<WebSocket> connect(String account, String query) {
    WebSocketClient client = http;
    if (client == null) {
      return Future.failedFuture("not started");
    }
    URI url = plan.url();
    boolean tls = "wss".equals(url.getScheme());
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(url.getHost())
            .setPort(url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80)
            .setSsl(tls)
            .setURI(query.isEmpty() ? path : path + "?" + query);
    options.addHeader("Luna-Account-Id", account).setTimeout(TIMEOUT.toMillis());
    return client.connect(options);
  }

  private void refused(Throwable failure) {
    if (failure instanceof UpgradeRejectedException refused) {
      LoopCounts.count(tally.failed, "HTTP " + refused.getStatus());
      if (tally.refusal.isEmpty() && refused.getBody() != null) {
        // The words of the first one that is refused say what is wrong with all.
        String text = refused.getBody().toString();
        tally.refusal = text.substring(0, Math.min(REFUSAL_CHARS, text.length()));
      }
    } else {
      String message = failure.getMessage();
      LoopCounts.count(tally.failed, message == null ? failure.toString() : message);
    }
  }

  /** What its clients had to get of all that was published, and what they did not. */
  Future<Outcome> outcome() {
    return onLoop(
        () -> {
          long expected = 0;
          long lost = 0;
          for (BenchClient client : clients) {
            expected += client.expected();
            lost += client.lost();
          }
          return new Outcome(expected, lost);
        });
  }

  /** Says goodbye to the server. */
  void leave() {
    if (context != null) {
      context.runOnContext(go -> clients.forEach(BenchClient::leave));
    }
  }

  private <T> Future<T> onLoop(Supplier<T> question) {
    Promise<T> answer = Promise.promise();
    context.runOnContext(run -> answer.complete(question.get()));
    return answer.future();
  }
}
