package luna.sender.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * A message of our own that goes the way of an event again and again: PUBLISH, subscription, bus.
 * It finds what no probe can: a connection that answers and yet brings no messages. From the bus it
 * goes through the hub of each event loop, too.
 *
 * <p>Shape: on a channel of this bridge alone, {@code {prefix}.canary.{node}.{bridge}}; its text is
 * a number.
 *
 * <p>Errors: one that does not come back within {@code PROBE_TIMEOUT} after Redis took it is told
 * to the feed, which makes its connection anew. Where Redis refuses its commands, the feed is not
 * ready; each interval tries again.
 *
 * <p>Owner: confined to its bridge's event loop.
 */
final class Canary {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  /** While no canary can be published: readiness does not wait for the next interval. */
  private static final Duration RETRY_DELAY = Duration.ofMillis(50);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final Duration interval;
  private final Duration patience;
  private final int bridge;
  private final Metrics metrics;
  private final Subscription subscription;

  private Runnable changed = () -> {};
  private Consumer<String> missed = why -> {};
  private BooleanSupplier connected = () -> false;
  private BooleanSupplier busy = () -> false;
  private Consumer<String> publishRefused = error -> {};
  private @Nullable MessageConsumer<String> arrivals;
  private long timer = -1;
  private long number;
  private long sentNanos;
  private long arrivedNumber;

  /** When the last one that has arrived was sent; 0 if none has, on this connection. */
  private long heardSentNanos;

  /** One has come since the connection was made, and none has failed to. */
  private boolean heard;

  private boolean subscribed;

  Canary(Vertx vertx, RedisAddress address, int bridge, String node, Metrics metrics) {
    this.vertx = vertx;
    this.guard = metrics.guard();
    this.interval = address.canaryInterval();
    this.patience = address.probeTimeout();
    this.bridge = bridge;
    this.metrics = metrics;
    this.subscription =
        new Subscription(address.channelPrefix() + ".canary." + node + "." + bridge, "");
  }

  Subscription subscription() {
    return subscription;
  }

  /**
   * @param changed called when {@link #isHeard} may be another than before
   * @param missed told why the connection is no good
   * @param busy whether data arrives without a pause; a canary is then behind it
   * @param publishRefused told Redis's error to each PUBLISH, or an empty text
   */
  void start(
      Runnable changed,
      Consumer<String> missed,
      BooleanSupplier connected,
      BooleanSupplier busy,
      Consumer<String> publishRefused) {
    this.changed = changed;
    this.publishRefused = publishRefused;
    this.missed = missed;
    this.connected = connected;
    this.busy = busy;
    arrivals =
        guard.<String>consumer(
            vertx,
            GuardedTask.CANARY_ARRIVED,
            BusAddresses.canary(bridge),
            message -> arrived(message.body()));
    timer = guard.periodic(vertx, GuardedTask.CANARY_SEND, interval, this::send);
  }

  void stop() {
    vertx.cancelTimer(timer);
    if (arrivals != null) {
      arrivals.unregister();
    }
  }

  /** Whether the way of events is open, as far as can be known. */
  boolean isHeard() {
    return heard;
  }

  /**
   * By {@link System#nanoTime}: what was published before has arrived, or 0 if that is not known.
   */
  long heardSentNanos() {
    return heardSentNanos;
  }

  void subscribed() {
    subscribed = true;
    send();
  }

  /** On the next connection it is tried anew. */
  void lost() {
    subscribed = false;
    heard = false;
    heardSentNanos = 0;
  }

  /** It came from Redis: the rest of its way is the bus. */
  void heard(byte[] text) {
    metrics.liveness().canarySent();
    vertx.eventBus().publish(BusAddresses.canary(bridge), new String(text, US_ASCII), LOCAL);
  }

  private void send() {
    if (!subscribed) {
      return;
    }
    long sent = ++number;
    sentNanos = System.nanoTime();
    DeliveryOptions options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(patience.toMillis() + 1000)
            .addHeader("channel", subscription.channel);
    guard.ask(
        GuardedTask.CANARY_SEND,
        () -> vertx.eventBus().request(BusAddresses.PUBLISH, Long.toString(sent), options),
        answer -> {
          if (answer.succeeded()) {
            publishRefused.accept("");
            await(sent, 1);
          } else {
            notPublished(sent, answer.cause());
          }
        });
  }

  private void notPublished(long sent, Throwable failure) {
    if (failure instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
        && reply.failureCode() == RedisHealth.REFUSED) {
      heard = false;
      publishRefused.accept(String.valueOf(failure.getMessage()));
    } else {
      // The connection for commands is not there, or not yet; it has its own alarm.
      guard.timer(vertx, GuardedTask.CANARY_SEND, RETRY_DELAY, () -> sendAgain(sent));
    }
  }

  private void sendAgain(long failed) {
    if (!heard && failed == number) {
      send();
    }
  }

  private void await(long sent, int times) {
    guard.timer(
        vertx,
        GuardedTask.CANARY_SEND,
        patience,
        () -> {
          if (!subscribed || !connected.getAsBoolean() || arrivedNumber >= sent) {
            return;
          }
          if (busy.getAsBoolean() && times < AnswerDeadline.BUSY_FACTOR) {
            await(sent, times + 1);
          } else {
            heard = false;
            changed.run();
            missed.accept("the canary was not heard within " + patience.toMillis() + " ms");
          }
        });
  }

  private void arrived(String text) {
    arrivedNumber = Long.parseLong(text);
    if (arrivedNumber == number) {
      heardSentNanos = sentNanos;
      metrics.canary(System.nanoTime() - sentNanos);
    }
    if (!heard && subscribed) {
      heard = true;
      changed.run();
    }
  }
}
