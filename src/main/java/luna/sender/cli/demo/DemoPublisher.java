package luna.sender.cli.demo;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a payload of {@link DemoEvents} to {@code {prefix}:{account}} at each interval, as a
 * recognition platform would.
 *
 * <p>Errors: an unavailable Redis is not a failure, not even at startup. The payload is dropped,
 * the next tick reconnects, and one line is logged.
 *
 * <p>Owner: its state is confined to one event loop; {@link #start} and {@link #stop} may be called
 * from any thread, once each.
 */
public final class DemoPublisher {
  static final Duration INTERVAL = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(DemoPublisher.class);

  private final Vertx vertx;
  private final Context context;
  private final Redis redis;
  private final String channelPrefix;
  private final Duration interval;
  private final DemoEvents events = new DemoEvents(ThreadLocalRandom.current().nextLong());

  private long timer;
  private boolean publishing;
  private boolean redisUnavailable;
  private boolean stopped;

  public DemoPublisher(
      Vertx vertx, String redisConnectionString, String channelPrefix, Duration interval) {
    if (interval.toMillis() < 1) {
      throw new IllegalArgumentException("interval: " + interval + " (expected: 1 ms or more)");
    }
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.redis =
        Redis.createClient(
            vertx, new RedisOptions().setConnectionString(redisConnectionString).setMaxPoolSize(1));
    this.channelPrefix = channelPrefix;
    this.interval = interval;
  }

  /** Publishes the first payload and starts the timer. */
  public Future<Void> start() {
    return onContext(
        () -> {
          publish();
          timer = vertx.setPeriodic(interval.toMillis(), tick -> publish());
          return Future.succeededFuture();
        });
  }

  public Future<Void> stop() {
    return onContext(
        () -> {
          stopped = true;
          vertx.cancelTimer(timer);
          return redis.close();
        });
  }

  private Future<Void> onContext(Supplier<Future<Void>> action) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(run -> action.get().onComplete(done));
    return done.future();
  }

  private void publish() {
    // Don't queue payloads while Redis hangs.
    if (publishing) {
      return;
    }
    publishing = true;
    DemoEvents.Payload payload = events.next(Instant.now());
    String channel = channelPrefix + ":" + payload.account();
    redis
        .send(Request.cmd(Command.PUBLISH).arg(channel).arg(payload.json()))
        .onComplete(answer -> publishing = false)
        .onSuccess(receivers -> onPublished())
        .onFailure(this::onPublishFailed);
  }

  private void onPublished() {
    if (redisUnavailable) {
      redisUnavailable = false;
      LOG.info("Redis is available again; the demo continues to publish");
    }
  }

  private void onPublishFailed(Throwable reason) {
    if (!redisUnavailable && !stopped) {
      redisUnavailable = true;
      LOG.warn(
          "Redis is unavailable: {}; the demo retries every {} ms",
          reason.toString(),
          interval.toMillis());
    }
  }
}
