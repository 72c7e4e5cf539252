package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a test message periodically and checks that it comes back. It takes the path of an
 * event: PUBLISH, subscription, event bus, and the hub of each event loop. It detects a connection
 * that answers probes ({@link LinkProbe}) but delivers no messages, and an event loop that has
 * stalled ({@link luna.sender.metrics.Liveness}).
 *
 * <p>Shape: its channel belongs to one bridge, {@code {prefix}.canary.{node}.{bridge}}; its text is
 * a sequence number.
 *
 * <p>Errors: if it does not come back within {@code PROBE_TIMEOUT} after Redis accepted it, the
 * feed reconnects, even if later canaries have arrived: messages arrive in order, so events may be
 * lost, too. If Redis rejects the commands of the canary, the feed is not ready, and the canary is
 * retried at each interval.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Canary {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /**
   * The delay of a retry while no canary can be published, so that readiness does not depend on the
   * next interval.
   */
  private static final Duration RETRY_DELAY = Duration.ofMillis(50);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Duration interval;
  private final Duration timeout;
  private final int bridge;
  private final boolean onPathOfEvents;
  private final Metrics metrics;
  private final Subscription subscription;

  private Runnable changed = () -> {};
  private Consumer<String> missed = why -> {};
  private BooleanSupplier connected = () -> false;
  private BooleanSupplier busy = () -> false;
  private Consumer<String> publishRejected = error -> {};
  private @Nullable MessageConsumer<String> arrivals;
  private long timer = -1;
  private long number;

  /** The number of the first canary of this connection. */
  private long firstNumber;

  private long arrivedNumber;

  /**
   * When the canaries that have not arrived were sent, by number. Those of earlier connections are
   * removed.
   */
  private final Map<Long, Long> pending = new LinkedHashMap<>();

  /** As {@link #watermarkNanos}. */
  private long watermarkNanos;

  /** Whether a canary has arrived on this connection and none was lost since. */
  private boolean healthy;

  private boolean subscribed;

  /**
   * @param onPathOfEvents whether events take the same path through Redis. If not, a lost canary
   *     proves nothing once a later one has arrived.
   */
  Canary(
      Vertx vertx,
      RedisAddress address,
      int bridge,
      String node,
      boolean onPathOfEvents,
      Metrics metrics) {
    this.vertx = vertx;
    this.guard = metrics.guard();
    this.interval = address.canaryInterval();
    this.timeout = address.probeTimeout();
    this.bridge = bridge;
    this.onPathOfEvents = onPathOfEvents;
    this.metrics = metrics;
    this.subscription =
        new Subscription(address.channelPrefix() + ".canary." + node + "." + bridge, "");
  }

  Subscription subscription() {
    return subscription;
  }

  /**
   * @param changed called when {@link #isHealthy} may have changed
   * @param missed called with the reason when a canary is lost
   * @param busy returns whether data arrives without a pause; a canary is then queued behind it
   * @param publishRejected called after each PUBLISH with the error of Redis, or with an empty text
   */
  void start(
      Runnable changed,
      Consumer<String> missed,
      BooleanSupplier connected,
      BooleanSupplier busy,
      Consumer<String> publishRejected) {
    this.changed = changed;
    this.publishRejected = publishRejected;
    this.missed = missed;
    this.connected = connected;
    this.busy = busy;
    arrivals =
        guard.<String>consumer(
            vertx,
            GuardedTask.CANARY_ARRIVED,
            BusAddresses.canary(bridge),
            message -> arrived(message.body()),
            fault -> forgetPending());
    timer = guard.periodic(vertx, GuardedTask.CANARY_SEND, interval, this::send);
  }

  void stop() {
    vertx.cancelTimer(timer);
    if (arrivals != null) {
      arrivals.unregister();
    }
  }

  /** Returns whether canaries arrive. */
  boolean isHealthy() {
    return healthy;
  }

  /**
   * Returns a time before which no canary of this connection was lost: when the last canary that
   * arrived was sent, or when the connection was established; by {@link System#nanoTime}. All
   * events published on the connection before it have arrived. It is 0 without a connection.
   */
  long watermarkNanos() {
    return watermarkNanos;
  }

  /** Begins with a new connection. */
  void connected() {
    watermarkNanos = System.nanoTime();
  }

  void subscribed() {
    subscribed = true;
    send();
  }

  /** Resets the state for the next connection. */
  void lost() {
    subscribed = false;
    healthy = false;
    watermarkNanos = 0;
    firstNumber = number + 1;
    pending.clear();
  }

  /**
   * Stops expecting the canaries that were sent until now, because it is known why some of them may
   * not arrive.
   */
  void forgetPending() {
    pending.clear();
  }

  /** Handles a canary from Redis, and publishes it on the event bus. */
  void received(byte[] text) {
    metrics.liveness().canarySent();
    vertx.eventBus().publish(BusAddresses.canary(bridge), new String(text, US_ASCII), LOCAL);
  }

  private void send() {
    if (!subscribed) {
      return;
    }
    long sent = ++number;
    pending.put(sent, System.nanoTime());
    DeliveryOptions options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(timeout.toMillis() + 1000)
            .addHeader("channel", subscription.channel);
    guard.ask(
        GuardedTask.CANARY_SEND,
        () -> vertx.eventBus().request(BusAddresses.PUBLISH, Long.toString(sent), options),
        answer -> {
          if (answer.succeeded()) {
            publishRejected.accept("");
            expect(sent, 1);
          } else {
            pending.remove(sent);
            notPublished(sent, answer.cause());
          }
        });
  }

  private void notPublished(long sent, Throwable failure) {
    if (failure instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
        && reply.failureCode() == RedisCommands.REJECTED) {
      healthy = false;
      publishRejected.accept(CauseText.of(failure));
    } else {
      // The connection for commands is not available; it has its own alert.
      guard.timer(vertx, GuardedTask.CANARY_SEND, RETRY_DELAY, () -> sendAgain(sent));
    }
  }

  private void sendAgain(long failed) {
    if (!healthy && failed == number) {
      send();
    }
  }

  private void expect(long sent, int times) {
    guard.timer(
        vertx,
        GuardedTask.CANARY_SEND,
        timeout,
        () -> {
          if (!subscribed || !connected.getAsBoolean() || !isMissing(sent)) {
            return;
          }
          if (busy.getAsBoolean() && times < AnswerDeadline.BUSY_FACTOR) {
            expect(sent, times + 1);
          } else {
            healthy = false;
            changed.run();
            missed.accept("no canary arrived within " + timeout.toMillis() + " ms");
          }
        });
  }

  private boolean isMissing(long sent) {
    return sent >= firstNumber && (pending.containsKey(sent) || arrivedNumber < sent);
  }

  private void arrived(String text) {
    long arrived = Long.parseLong(text);
    if (arrived > number) {
      return; // not sent by this node
    }
    arrivedNumber = Math.max(arrivedNumber, arrived);
    if (!onPathOfEvents) {
      pending.keySet().removeIf(sent -> sent < arrived);
    }
    Long sentNanos = pending.remove(arrived);
    if (sentNanos != null) {
      metrics.redis().canary(System.nanoTime() - sentNanos);
      if (pending.keySet().stream().allMatch(sent -> sent > arrived)) {
        watermarkNanos = sentNanos;
      }
    }
    if (!healthy && subscribed && arrived >= firstNumber) {
      healthy = true;
      changed.run();
    }
  }
}
