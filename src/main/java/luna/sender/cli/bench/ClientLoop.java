package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one event loop: connects them at a bounded rate, and collects their results.
 *
 * <p>Shape: client {@code c} of the run has account {@code c} modulo the number of accounts. Within
 * each account, clients use the filters in turn.
 *
 * <p>Errors: a failed handshake is counted by its reason; the others continue.
 *
 * <p>Owner: its own event loop; methods that return a future are thread-safe.
 */
final class ClientLoop extends VerticleBase {
  private static final int MAX_PENDING = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int REFUSAL_CHARS = 500;
  private static final String POSITIONS = "positions=1";

  private final BenchPlan plan;
  private final BenchRun run;
  private final List<String> accounts;
  private final List<ClientFilter> clientFilters;
  private final int first;
  private final int end;
  private final int loops;
  private final List<BenchClient> clients = new ArrayList<>();

  final LoopCounts counts = new LoopCounts();

  private @Nullable ClientTransport transport;
  private @Nullable StormLoop storm;

  /** A filter as a query, and the events that match it. */
  record ClientFilter(String query, WantedEvents wanted) {}

  /**
   * The results of several clients.
   *
   * @param missed published while clients without history were disconnected, and not expected
   * @param stormLost lost by the clients of the storm
   */
  record Totals(long expected, long lost, long missed, long stormLost) {
    static final Totals NONE = new Totals(0, 0, 0, 0);

    Totals plus(Totals other) {
      return new Totals(
          expected + other.expected,
          lost + other.lost,
          missed + other.missed,
          stormLost + other.stormLost);
    }
  }

  /**
   * @param first index of its first client in the run
   * @param end index after its last client
   * @param loops number of loops, which share the handshake rate
   */
  ClientLoop(
      BenchPlan plan,
      BenchRun run,
      List<String> accounts,
      List<ClientFilter> clientFilters,
      int first,
      int end,
      int loops) {
    this.plan = plan;
    this.run = run;
    this.accounts = accounts;
    this.clientFilters = clientFilters;
    this.first = first;
    this.end = end;
    this.loops = loops;
  }

  @Override
  public Future<?> start() {
    transport =
        plan.isSse()
            ? new SseTransport(vertx, plan, this::secured, end - first, TIMEOUT)
            : new WebSocketTransport(vertx, plan, this::secured, end - first, TIMEOUT);
    return Future.succeededFuture();
  }

  /** Counts a TLS handshake as one of the storm, if there is one. */
  private void secured(SSLSession session) {
    (storm == null ? counts.handshakes : counts.storm.handshakes).secured(session);
  }

  /**
   * Returns whether clients get positions, because the server keeps a history. Called before they
   * connect.
   */
  Future<Boolean> hasPositions() {
    if (plan.isSse()) {
      // Streams of Server-Sent Events have positions without being asked.
      return Future.succeededFuture(true);
    }
    Promise<Boolean> answer = Promise.promise();
    context.runOnContext(
        go ->
            open(accounts.get(0), POSITIONS)
                .onSuccess(ClientConnection::close)
                .onComplete(
                    tried -> {
                      counts.handshakes.resetTls();
                      answer.complete(tried.succeeded());
                    }));
    return answer.future();
  }

  /** Connects all clients. Succeeds when each handshake has succeeded or failed. */
  Future<Void> connect() {
    Promise<Void> connected = Promise.promise();
    context.runOnContext(
        go -> {
          for (int number = first; number < end; number++) {
            clients.add(client(number));
          }
          HandshakePacer pacer =
              new HandshakePacer(
                  vertx, (double) plan.connectRate() / loops, MAX_PENDING, this::connect);
          pacer.add(clients);
          pacer.whenIdle(connected::tryComplete);
        });
    return connected.future();
  }

  private BenchClient client(int number) {
    int account = number % accounts.size();
    ClientFilter filter = clientFilters.get(number / accounts.size() % clientFilters.size());
    return new BenchClient(run, counts, number, account, filter);
  }

  private Future<?> connect(BenchClient client) {
    long began = System.nanoTime();
    counts.handshakes.begin(began);
    return open(client)
        .onSuccess(
            connection -> {
              counts.handshakes.succeed(began, System.nanoTime());
              client.open(connection);
            })
        .onFailure(this::refused);
  }

  private Future<ClientConnection> open(BenchClient client) {
    List<String> query = new ArrayList<>();
    query.add(client.filter());
    query.add(run.hasPositions() && !plan.isSse() ? POSITIONS : "");
    query.add(client.after().isEmpty() ? "" : "after=" + client.after());
    query.removeIf(String::isEmpty);
    return open(accounts.get(client.account()), String.join("&", query));
  }

  private Future<ClientConnection> open(String account, String query) {
    ClientTransport started = transport;
    return started == null ? Future.failedFuture("not started") : started.connect(account, query);
  }

  /** Begins a storm: its clients lose their connections, and come back. */
  Future<Void> storm(StormPlan storming) {
    Promise<Void> begun = Promise.promise();
    context.runOnContext(
        go -> {
          storm =
              new StormLoop(
                  vertx,
                  storming,
                  counts.storm,
                  (double) storming.handshakesPerSecond() / loops,
                  this::open);
          storm.begin(
              clients.stream().filter(client -> client.storms() && client.isOpen()).toList());
          begun.complete();
        });
    return begun.future();
  }

  private void refused(Throwable failure) {
    if (failure instanceof ClientTransport.RefusedException refused) {
      LoopCounts.count(counts.failed, "HTTP " + refused.status());
      if (counts.refusal.isEmpty()) {
        // The first response usually explains all rejections.
        String text = String.valueOf(refused.getMessage());
        counts.refusal = text.substring(0, Math.min(REFUSAL_CHARS, text.length()));
      }
    } else {
      LoopCounts.count(counts.failed, ClientTransport.reason(failure));
    }
  }

  /** Returns how many deliveries the clients should have received, and how many are lost. */
  Future<Totals> totals() {
    return onLoop(
        () ->
            clients.stream()
                .filter(BenchClient::hasConnected)
                .map(ClientLoop::totals)
                .reduce(Totals.NONE, Totals::plus));
  }

  private static Totals totals(BenchClient client) {
    return new Totals(
        client.expected(), client.lost(), client.missed(), client.storms() ? client.lost() : 0);
  }

  /** Closes all connections. */
  void disconnect() {
    if (context != null) {
      context.runOnContext(
          go -> {
            if (storm != null) {
              storm.stop();
            }
            clients.forEach(BenchClient::disconnect);
          });
    }
  }

  private <T> Future<T> onLoop(Supplier<T> question) {
    Promise<T> answer = Promise.promise();
    context.runOnContext(run -> answer.complete(question.get()));
    return answer.future();
  }
}
