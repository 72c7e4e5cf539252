package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
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

  /** A filter as a query, and the events that match it. */
  record ClientFilter(String query, WantedEvents wanted) {}

  /** The results of all clients of the loop. */
  record Totals(long expected, long lost) {}

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
            ? new SseTransport(vertx, plan, counts.handshakes, end - first, TIMEOUT)
            : new WebSocketTransport(vertx, plan, counts.handshakes, end - first, TIMEOUT);
    return Future.succeededFuture();
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
    ClientTransport open = transport;
    if (open == null) {
      return Future.failedFuture("not started");
    }
    long began = System.nanoTime();
    counts.handshakes.begin(began);
    return open.connect(accounts.get(client.account()), client.query())
        .onSuccess(
            connection -> {
              counts.handshakes.succeed(began, System.nanoTime());
              client.open(connection);
            })
        .onFailure(this::refused);
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
        () -> {
          long expected = 0;
          long lost = 0;
          for (BenchClient client : clients) {
            if (!client.hasConnected()) {
              continue;
            }
            expected += client.expected();
            lost += client.lost();
          }
          return new Totals(expected, lost);
        });
  }

  /** Closes all connections. */
  void disconnect() {
    if (context != null) {
      context.runOnContext(go -> clients.forEach(BenchClient::disconnect));
    }
  }

  private <T> Future<T> onLoop(Supplier<T> question) {
    Promise<T> answer = Promise.promise();
    context.runOnContext(run -> answer.complete(question.get()));
    return answer.future();
  }
}
