package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import luna.sender.log.CauseText;
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
  private static final int TICK_MILLIS = 5;
  private static final int MAX_PENDING = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int REFUSAL_CHARS = 500;

  private final BenchPlan plan;
  private final BenchRun run;
  private final List<String> accounts;
  private final List<ClientFilter> clientFilters;
  private final int first;
  private final int end;
  private final double connectsPerNano;
  private final List<BenchClient> clients = new ArrayList<>();
  private final Promise<Void> connected = Promise.promise();

  final LoopCounts counts = new LoopCounts();

  private @Nullable ClientTransport transport;

  private long started;
  private int begun;
  private int pending;

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
    this.connectsPerNano = plan.connectRate() / 1e9 / loops;
  }

  @Override
  public Future<?> start() {
    transport =
        plan.isSse()
            ? new SseTransport(vertx, plan, end - first, TIMEOUT)
            : new WebSocketTransport(vertx, plan, end - first, TIMEOUT);
    return Future.succeededFuture();
  }

  /** Connects all clients. Succeeds when each handshake has succeeded or failed. */
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
    ClientFilter filter = clientFilters.get(number / accounts.size() % clientFilters.size());
    long asked = System.nanoTime();
    connect(accounts.get(account), filter.query)
        .onSuccess(
            connection -> {
              counts.handshakes.recordValue(LoopCounts.recordable(System.nanoTime() - asked));
              counts.open.increment();
              BenchClient client =
                  new BenchClient(run, counts, number, account, filter.wanted, connection);
              clients.add(client);
              client.start();
            })
        .onFailure(this::refused)
        .onComplete(
            done -> {
              pending--;
              complete();
            });
  }

  private Future<ClientConnection> connect(String account, String query) {
    ClientTransport started = transport;
    return started == null ? Future.failedFuture("not started") : started.connect(account, query);
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
      LoopCounts.count(counts.failed, CauseText.of(failure));
    }
  }

  /** Returns how many deliveries the clients should have received, and how many are lost. */
  Future<Totals> totals() {
    return onLoop(
        () -> {
          long expected = 0;
          long lost = 0;
          for (BenchClient client : clients) {
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
