package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Function;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * All clients of this node, for operators: lists them and closes them.
 *
 * <p>Errors: a future fails with {@link TimeoutException} if an event loop does not answer within
 * {@link #TIMEOUT}. What was asked for may still happen there.
 *
 * <p>Owner: thread-safe; futures complete on the caller's context.
 */
public final class Connections {
  static final Comparator<ConnectionState> BY_NUMBER =
      Comparator.comparingLong(state -> state.client().number());

  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** The id of this process, the first part of the ids of its clients. */
  private final String node = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());

  private final boolean enabled;
  private final String host;
  private final FaultGuard guard;
  private final AtomicLong numbers = new AtomicLong();
  private final List<HubClients> hubs = new CopyOnWriteArrayList<>();

  /**
   * @param enabled whether there is an operators' API; otherwise sessions need less memory
   * @param host the name of this host, for operators
   */
  public Connections(boolean enabled, String host, FaultGuard guard) {
    this.enabled = enabled;
    this.host = host;
    this.guard = guard;
  }

  public boolean enabled() {
    return enabled;
  }

  /** Returns the id of this process. */
  public String node() {
    return node;
  }

  public String host() {
    return host;
  }

  /** Returns the number of the next client. */
  public long nextNumber() {
    return numbers.incrementAndGet();
  }

  void add(HubClients hub) {
    hubs.add(hub);
  }

  void remove(HubClients hub) {
    hubs.remove(hub);
  }

  /**
   * Returns the clients that match, by ascending number.
   *
   * @param after only clients with a greater number
   * @param limit how many at most
   */
  public Future<List<ConnectionState>> list(
      Vertx vertx, ConnectionFilter filter, long after, int limit) {
    return askAll(vertx, hub -> hub.list(filter, after, limit))
        .map(lists -> lists.stream().flatMap(List::stream).sorted(BY_NUMBER).limit(limit).toList());
  }

  /**
   * Returns the accounts that have clients on this node, by id.
   *
   * @param after only accounts with a greater id
   * @param limit how many at most
   */
  public Future<List<AccountState>> accounts(Vertx vertx, String after, int limit) {
    return askAll(vertx, hub -> Future.succeededFuture(hub.accounts(after, limit)))
        .map(
            lists -> {
              Map<String, AccountState> all = new TreeMap<>();
              for (List<AccountState> list : lists) {
                list.forEach(state -> all.merge(state.account(), state, AccountState::plus));
              }
              return all.values().stream().limit(limit).toList();
            });
  }

  /** Closes a client. Returns 1, or 0 if this node has no client with this number. */
  public Future<Integer> close(Vertx vertx, long number) {
    return close(vertx, (session, client) -> client.number() == number);
  }

  /** Closes all clients of an account. Returns how many there were. */
  public Future<Integer> closeAccount(Vertx vertx, String account) {
    return close(vertx, (session, client) -> session.account().account.equals(account));
  }

  private Future<Integer> close(Vertx vertx, BiPredicate<Session, ClientInfo> matching) {
    return askAll(vertx, hub -> hub.close(matching))
        .map(counts -> counts.stream().mapToInt(Integer::intValue).sum());
  }

  private <T> Future<List<T>> askAll(Vertx vertx, Function<HubClients, Future<T>> question) {
    List<Future<T>> answers = new ArrayList<>();
    for (HubClients hub : hubs) {
      answers.add(ask(vertx, hub, question));
    }
    return Future.all(answers).map(all -> all.<T>list());
  }

  /** Asks a hub on its event loop, and answers on the caller's context. */
  private <T> Future<T> ask(Vertx vertx, HubClients hub, Function<HubClients, Future<T>> question) {
    Context caller = vertx.getOrCreateContext();
    Promise<T> answered = Promise.promise();
    long timeout =
        guard.timer(
            vertx,
            GuardedTask.OPERATOR,
            TIMEOUT,
            () -> answered.tryFail(new TimeoutException("an event loop does not answer")));
    hub.context()
        .runOnContext(
            there ->
                guard.ask(
                    GuardedTask.OPERATOR,
                    () -> question.apply(hub),
                    result ->
                        caller.runOnContext(
                            back -> {
                              vertx.cancelTimer(timeout);
                              if (result.succeeded()) {
                                answered.tryComplete(result.result());
                              } else {
                                answered.tryFail(result.cause());
                              }
                            })));
    return answered.future();
  }
}
