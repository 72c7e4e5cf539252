package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.HistorySettings;
import org.jspecify.annotations.Nullable;

/**
 * The lease that makes one recorder the leader. Each acquisition has a token of its own, which the
 * scripts check. So commands of a former leader, or on a former connection, have no effect.
 *
 * <p>How: in a Cluster the scripts check the fence of the account instead ({@link ScriptCalls}).
 * Each acquisition has a fence that is greater than all earlier ones: the time of Redis in
 * milliseconds, or one more than the last fence.
 *
 * <p>Errors: a failed future if Redis does not answer within the lease. Whether the lease was
 * acquired is then unknown; the next {@link #acquire} replaces it.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class RecorderLease {
  private final Function<Request, Future<Response>> send;
  private final List<String> keys;
  private final Duration duration;
  private final Duration retention;
  private final ServerClock clock;

  /** The token of the last acquisition. */
  private String token = "none";

  /** The token of the next acquisition. It is kept until Redis answers, perhaps after retries. */
  private @Nullable String next;

  private long expiryNanos;

  /** The fence of the last acquisition; 0 without fences. */
  private long fence;

  /** The least value of the next fence. */
  private long fenceMin;

  /**
   * An answer of the script.
   *
   * @param granted whether this recorder has the lease
   * @param acquired whether it has just acquired it
   * @param heard the time until which the recorders have appended every event, or empty
   * @param expiry the time until the lease of another recorder expires, unless it is renewed
   */
  record Answer(boolean granted, boolean acquired, String heard, Duration expiry) {
    /** Returns whether another recorder has the lease. */
    boolean isTaken() {
      return !granted && !expiry.isZero();
    }
  }

  RecorderLease(
      Function<Request, Future<Response>> send,
      HistoryKeys keys,
      HistorySettings settings,
      ServerClock clock,
      boolean fenced) {
    this.send = send;
    this.keys =
        fenced
            ? List.of(keys.lease(), keys.heard(), keys.fence())
            : List.of(keys.lease(), keys.heard());
    this.duration = settings.lease();
    this.retention = settings.retention();
    this.clock = clock;
  }

  /** Returns what the scripts check: the token of the last acquisition, or its fence. */
  String token() {
    return fence == 0 ? token : Long.toString(fence);
  }

  /**
   * Makes the fence of the next acquisition greater than this one, which an account has although
   * this recorder has the lease: Redis has lost the last fence in a failover.
   */
  void exceed(long seen) {
    fenceMin = Math.max(fenceMin, seen + 1);
  }

  /** Returns whether the lease has certainly expired in Redis, unless it is renewed. */
  boolean isExpired(long now) {
    return now - expiryNanos >= 0;
  }

  /** Reads the state without acquiring or renewing the lease. */
  Future<Answer> look() {
    return call(token, token, Duration.ZERO, "");
  }

  /**
   * Acquires the lease if nobody has it, or if this recorder had it last.
   *
   * @param heard the time from which this recorder has every event. Redis keeps it if there has
   *     been no recorder; otherwise a first one that is killed would leave nothing.
   */
  Future<Answer> acquire(String heard) {
    String wanted = next == null ? UUID.randomUUID().toString() : next;
    next = wanted;
    return call(token, wanted, duration, heard)
        .onSuccess(
            answer -> {
              next = null;
              if (answer.granted()) {
                token = wanted;
              }
            });
  }

  /**
   * Renews the lease.
   *
   * @param heard the time until which this recorder has appended every event, or empty
   */
  Future<Answer> renew(String heard) {
    return call(token, token, duration, heard);
  }

  /** Ends the lease, so that another recorder can acquire it immediately. */
  Future<Answer> release(String heard) {
    return call(token, "", duration, heard);
  }

  private Future<Answer> call(String former, String wanted, Duration until, String heard) {
    long sent = System.nanoTime();
    List<Object> arguments =
        List.of(former, wanted, until.toMillis(), heard, retention.toMillis(), fenceMin);
    return Script.LEASE
        .call(send, keys, arguments)
        .timeout(duration.toMillis(), TimeUnit.MILLISECONDS)
        .map(
            answer -> {
              clock.read(answer.get(1).toLong(), sent, System.nanoTime());
              boolean granted = answer.get(0).toInteger() == 1;
              if (granted && !until.isZero()) {
                expiryNanos = sent + until.toNanos();
              }
              if (granted && !former.equals(wanted) && !wanted.isEmpty()) {
                fence = answer.get(4).toLong();
              }
              return new Answer(
                  granted,
                  granted && !former.equals(wanted),
                  answer.get(2).toString(),
                  Duration.ofMillis(Math.max(0, answer.get(3).toLong())));
            });
  }
}
