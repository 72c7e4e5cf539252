package luna.sender.bridge.history;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import luna.sender.event.Position;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.RecorderMetrics;

/**
 * Appends payloads to their streams with {@code append.lua}, in order and pipelined.
 *
 * <p>How: payloads that arrive in one iteration of the event loop are sent in one write. A write is
 * a system call, which costs more than the rest of an append.
 *
 * <p>Units: at most {@value #WINDOW} calls without an answer per master; further payloads wait.
 *
 * <p>Errors: the first failed call ends the queue, because the calls after it may have succeeded.
 * The owner then starts a new one, which finds out what the streams have. In a Cluster, whose
 * masters fail independently, only the account of the failed call is removed.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class AppendQueue {
  /** Below the 2,048 requests that the client accepts on one connection. */
  static final int WINDOW = 1000;

  private final Function<List<Request>, Future<List<Response>>> send;
  private final Context context;
  private final FaultGuard guard;
  private final RecorderMetrics metrics;
  private final ServerClock clock;
  private final ScriptCalls calls;
  private final Consumer<Throwable> failed;
  private final BiConsumer<RecordedAccount, Throwable> accountFailed;
  private final Map<String, Lane> lanes = new HashMap<>();

  /** Payloads of accounts whose next position is not known yet, oldest first. */
  private final Map<RecordedAccount, Deque<HeardPayload>> held = new HashMap<>();

  private boolean scheduled;
  private boolean ended;

  /** The payloads for one master of a Cluster, so that a slow one does not delay the others. */
  private static final class Lane {
    final Deque<HeardPayload> waiting = new ArrayDeque<>();
    int unanswered;

    boolean canSend() {
      return unanswered < WINDOW && !waiting.isEmpty();
    }
  }

  /**
   * @param send sends commands in one write
   * @param failed receives the failure that ends the queue
   * @param accountFailed receives the failures of single accounts, with fences
   */
  AppendQueue(
      Function<List<Request>, Future<List<Response>>> send,
      Context context,
      FaultGuard guard,
      RecorderMetrics metrics,
      ServerClock clock,
      ScriptCalls calls,
      Consumer<Throwable> failed,
      BiConsumer<RecordedAccount, Throwable> accountFailed) {
    this.send = send;
    this.context = context;
    this.guard = guard;
    this.metrics = metrics;
    this.clock = clock;
    this.calls = calls;
    this.failed = failed;
    this.accountFailed = accountFailed;
  }

  /** Appends a payload after all others. */
  void add(HeardPayload payload) {
    lane(payload.account).waiting.add(payload);
    schedule();
  }

  private Lane lane(RecordedAccount account) {
    return lanes.computeIfAbsent(account.master, unknown -> new Lane());
  }

  /** Removes the waiting payloads of an account, and ignores later answers to its calls. */
  void remove(RecordedAccount account) {
    lane(account).waiting.removeIf(payload -> payload.account == account);
    held.remove(account);
  }

  /** Ends the queue. Later answers only set the positions of payloads. */
  void end() {
    ended = true;
    lanes.values().forEach(lane -> lane.waiting.clear());
    held.clear();
  }

  /** Sends what is waiting, after everything that has arrived by now. */
  private void schedule() {
    if (!scheduled && lanes.values().stream().anyMatch(Lane::canSend)) {
      scheduled = true;
      context.runOnContext(
          arrived -> {
            scheduled = false;
            List.copyOf(lanes.values()).forEach(this::sendWaiting);
          });
    }
  }

  private void sendWaiting(Lane lane) {
    List<HeardPayload> sent = new ArrayList<>();
    List<Request> requests = new ArrayList<>();
    long millis = clock.earliest(System.nanoTime());
    while (!ended && lane.canSend()) {
      HeardPayload payload = lane.waiting.remove();
      if (payload.account.positions.awaitsAnswers()) {
        held.computeIfAbsent(payload.account, account -> new ArrayDeque<>()).add(payload);
        continue;
      }
      payload.state = HeardPayload.State.SENT;
      lane.unanswered++;
      sent.add(payload);
      requests.add(append(payload, millis));
    }
    if (calls.isFenced()) {
      for (int i = 0; i < sent.size(); i++) {
        transmit(lane, sent.get(i), requests.get(i));
      }
    } else if (!sent.isEmpty()) {
      guard.ask(
          GuardedTask.RECORDER, () -> send.apply(requests), answer -> answered(lane, sent, answer));
    }
  }

  private void transmit(Lane lane, HeardPayload payload, Request request) {
    RecordedAccount account = payload.account;
    int raised = account.raised;
    guard.ask(
        GuardedTask.RECORDER,
        () -> send.apply(List.of(request)),
        answer -> {
          lane.unanswered--;
          if (!ended && account.prepared && account.raised == raised) {
            if (answer.succeeded()) {
              appended(payload, answer.result().get(0).toString());
              release(lane, account);
            } else {
              accountFailed.accept(account, answer.cause());
            }
          }
          schedule();
        });
  }

  private Request append(HeardPayload payload, long millis) {
    Position proposed = payload.account.positions.next(millis);
    if (proposed != null) {
      payload.position = proposed.toString();
    }
    return calls.append(payload, proposed);
  }

  private void answered(Lane lane, List<HeardPayload> sent, AsyncResult<List<Response>> answer) {
    lane.unanswered -= sent.size();
    if (answer.succeeded()) {
      for (int i = 0; i < sent.size(); i++) {
        appended(sent.get(i), answer.result().get(i).toString());
      }
      sent.forEach(payload -> release(lane, payload.account));
      schedule();
    } else if (!ended) {
      end();
      failed.accept(answer.cause());
    }
  }

  /** Sends the payloads that were held, before later ones of their account. */
  private void release(Lane lane, RecordedAccount account) {
    if (!held.isEmpty() && !account.positions.awaitsAnswers()) {
      Deque<HeardPayload> released = held.remove(account);
      while (released != null && !released.isEmpty()) {
        lane.waiting.addFirst(released.removeLast());
      }
    }
  }

  private void appended(HeardPayload payload, String position) {
    payload.state = HeardPayload.State.APPENDED;
    if (ended) {
      payload.position = position;
    } else if (!payload.account.positions.answered(payload.position, position)) {
      payload.position = position;
      payload.account.forgetProposals();
    }
    if (payload.gap) {
      metrics.gap();
    } else {
      metrics.appended();
    }
  }
}
