package luna.sender.socket;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * The clients of one hub, for operators.
 *
 * <p>How: visits the sessions in small parts, which share the time that handshakes have in each
 * iteration of the event loop ({@link LimitedTurns}), so that events are not delayed. A session
 * that opens or ends meanwhile may be missing.
 *
 * <p>Owner: the methods are called on the hub's event loop.
 */
final class HubClients {
  private static final int VISITED_AT_ONCE = 100;

  /** A client that is closed gets its queued frames first, which takes time. */
  private static final int CLOSED_AT_ONCE = 5;

  private final Context context;
  private final SessionRegistry registry;
  private final AccountSubscriptions subscriptions;
  private final LimitedTurns turns;

  HubClients(
      Context context,
      SessionRegistry registry,
      AccountSubscriptions subscriptions,
      LimitedTurns turns) {
    this.context = context;
    this.registry = registry;
    this.subscriptions = subscriptions;
    this.turns = turns;
  }

  Context context() {
    return context;
  }

  /**
   * Returns the clients that match, by ascending number.
   *
   * @param after only clients with a greater number
   * @param limit how many at most, the ones with the smallest numbers
   */
  Future<List<ConnectionState>> list(ConnectionFilter filter, long after, int limit) {
    // The greatest number is at the head, and leaves first.
    PriorityQueue<ConnectionState> smallest = new PriorityQueue<>(Connections.BY_NUMBER.reversed());
    return visit(
            registry.all().copy(),
            VISITED_AT_ONCE,
            session -> {
              ClientInfo client = session.client();
              if (client == null
                  || !session.isOpen()
                  || client.number() <= after
                  || !filter.matches(session, client)) {
                return;
              }
              if (smallest.size() < limit) {
                smallest.add(session.state(client));
              } else if (client.number() < smallest.element().client().number()) {
                smallest.remove();
                smallest.add(session.state(client));
              }
            })
        .map(
            done -> {
              List<ConnectionState> sorted = new ArrayList<>(smallest);
              sorted.sort(Connections.BY_NUMBER);
              return sorted;
            });
  }

  /** Closes the clients that match. Returns how many there were. */
  Future<Integer> close(BiPredicate<Session, ClientInfo> matching) {
    List<Session> found = new ArrayList<>();
    return visit(
            registry.all().copy(),
            VISITED_AT_ONCE,
            session -> {
              ClientInfo client = session.client();
              if (client != null && session.isOpen() && matching.test(session, client)) {
                found.add(session);
              }
            })
        .compose(
            done -> visit(found, CLOSED_AT_ONCE, session -> session.close(CloseReason.OPERATOR)))
        .map(done -> found.size());
  }

  /**
   * Returns the accounts that have clients here, by id.
   *
   * @param after only accounts with a greater id
   * @param limit how many at most, the ones with the smallest ids
   */
  List<AccountState> accounts(String after, int limit) {
    PriorityQueue<AccountSessions> smallest =
        new PriorityQueue<>(
            Comparator.comparing((AccountSessions each) -> each.account).reversed());
    for (AccountSessions account : subscriptions.all()) {
      if (clients(account) > 0 && account.account.compareTo(after) > 0) {
        smallest.add(account);
        if (smallest.size() > limit) {
          smallest.remove();
        }
      }
    }
    return smallest.stream()
        .map(
            account ->
                new AccountState(
                    account.account,
                    clients(account),
                    account.queueBudget.bytes(),
                    account.sessions.bytes()))
        .sorted(Comparator.comparing(AccountState::account))
        .toList();
  }

  private static int clients(AccountSessions account) {
    return account.sessions.size() + account.replayCount();
  }

  private Future<Void> visit(List<Session> sessions, int atOnce, Consumer<Session> action) {
    Promise<Void> visited = Promise.promise();
    visit(sessions, 0, atOnce, action, visited);
    return visited.future();
  }

  private void visit(
      List<Session> sessions,
      int from,
      int atOnce,
      Consumer<Session> action,
      Promise<Void> visited) {
    turns.execute(
        () -> {
          int end = Math.min(sessions.size(), from + atOnce);
          sessions.subList(from, end).forEach(action);
          if (end == sessions.size()) {
            visited.complete();
          } else {
            visit(sessions, end, atOnce, action, visited);
          }
        },
        visited::tryFail);
  }
}
