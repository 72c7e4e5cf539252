package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import luna.sender.config.HistorySettings;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The script calls of one leader. A call of a former leader, or one that an earlier failure of this
 * leader has left behind, fails with {@code STALE}.
 *
 * <p>How: the scripts compare the token with the lease. A script in a Cluster can read only the
 * slot of its account, and the lease is in another one. So each account has a fence there, which a
 * leader raises before it reads the account's stream. The calls of an account are also numbered, so
 * none of them can run after a later one, or twice.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class ScriptCalls {
  private final String maxEvents;
  private final String retention;
  private final String publish;
  private final String token;
  private final boolean fenced;

  /** How often a fence was raised. */
  private int raises;

  /**
   * @param publish the command that publishes to live channels
   * @param token the token of the lease, or the fence
   * @param fenced whether the token is a fence
   */
  ScriptCalls(HistorySettings settings, String publish, String token, boolean fenced) {
    this.maxEvents = Integer.toString(settings.maxEvents());
    this.retention = Long.toString(settings.retention().toMillis());
    this.publish = publish;
    this.token = token;
    this.fenced = fenced;
  }

  /** Returns whether each account has a fence, which must be raised before its first append. */
  boolean isFenced() {
    return fenced;
  }

  /** Makes earlier calls for the account invalid, also those that Redis has not received yet. */
  Future<Void> raiseFence(Function<Request, Future<Response>> send, RecordedAccount account) {
    if (!fenced) {
      return Future.succeededFuture();
    }
    account.raised = ++raises;
    account.turn = 0;
    return Script.FENCE
        .call(send, account.keys, List.of(token, turn(account), retention))
        .mapEmpty();
  }

  private static String turn(RecordedAccount account) {
    return account.raised + "." + account.turn;
  }

  /** Returns whether a call has failed because another recorder leads. */
  boolean isOvertaken(Throwable failure) {
    return fenced ? Script.fence(failure) > Long.parseLong(token) : Script.isStale(failure);
  }

  /**
   * Returns the call that appends a payload.
   *
   * @param proposed the position that it should have, or null
   */
  Request append(HeardPayload payload, @Nullable Position proposed) {
    RecordedAccount account = payload.account;
    List<Object> arguments = arguments(payload);
    arguments.add(field(payload));
    if (proposed != null) {
      arguments.addAll(List.of(proposed.epoch(), proposed.number(), proposed.id()));
    } else if (fenced) {
      arguments.addAll(List.of("", "", ""));
    }
    if (fenced) {
      arguments.add(turn(account));
      account.turn++;
      arguments.add(turn(account));
    }
    return Script.APPEND.request(keys(account), arguments);
  }

  /** Returns the call that appends a payload under its old position. */
  Request restore(HeardPayload payload, Position position) {
    List<Object> arguments = arguments(payload);
    arguments.addAll(List.of(position.epoch(), position.number(), position.id(), field(payload)));
    return Script.RESTORE.request(keys(payload.account), arguments);
  }

  /** Returns the arguments that both scripts begin with. */
  private List<Object> arguments(HeardPayload payload) {
    List<Object> arguments = new ArrayList<>(12);
    arguments.addAll(
        List.of(payload.text, payload.account.live, maxEvents, retention, publish, token));
    return arguments;
  }

  private static String field(HeardPayload payload) {
    return payload.gap ? "g" : "p";
  }

  private List<String> keys(RecordedAccount account) {
    return fenced ? account.keys : account.keysWithLease;
  }
}
