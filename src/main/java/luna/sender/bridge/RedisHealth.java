package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.event.Gap;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@link BusAddresses#HEALTH} by a round trip, and {@link BusAddresses#PUBLISH} by a
 * PUBLISH, on a connection of its own, for nothing but subscriptions goes over a bridge's.
 *
 * <p>Units: the reply of the first is the round trip in nanoseconds.
 *
 * <p>Errors: the request fails with what Redis or the network said, with the code {@link #REFUSED}
 * where it was Redis.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RedisHealth extends VerticleBase implements RedisLink.Listener {
  /** Failure code: Redis answered the command with an error. */
  static final int REFUSED = 1;

  private final RedisAddress address;
  private final Metrics metrics;
  private @Nullable RedisLink link;

  public RedisHealth(RedisAddress address, Metrics metrics) {
    this.address = address;
    this.metrics = metrics;
  }

  @Override
  public Future<?> start() {
    FaultGuard guard = metrics.guard();
    RedisClients clients = new RedisClients(vertx, address);
    RedisLink started =
        new RedisLink(
            vertx,
            guard,
            address,
            clients,
            RedisLink.Kind.COMMANDS,
            "commands",
            metrics.gaps().clock(),
            this);
    link = started;
    guard.consumer(
        vertx, GuardedTask.REDIS_COMMAND, BusAddresses.HEALTH, request -> check(started, request));
    guard.<String>consumer(
        vertx, GuardedTask.REDIS_COMMAND, BusAddresses.PUBLISH, text -> publish(started, text));
    started.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    if (link != null) {
      link.stop();
    }
    return Future.succeededFuture();
  }

  private void check(RedisLink link, Message<Object> request) {
    long start = System.nanoTime();
    link.send(Request.cmd(Command.PING))
        .timeout(address.commandTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(pong -> request.reply(System.nanoTime() - start))
        .onFailure(failure -> request.fail(0, RedisErrors.text(failure)));
  }

  private void publish(RedisLink link, Message<String> message) {
    link.send(
            Request.cmd(Command.PUBLISH).arg(message.headers().get("channel")).arg(message.body()))
        .timeout(address.commandTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(receivers -> message.reply(null))
        .onFailure(
            failure ->
                message.fail(
                    RedisErrors.isAnswer(failure) ? REFUSED : 0, RedisErrors.text(failure)));
  }

  @Override
  public void connected() {
    metrics.bridges().reportCommands("");
  }

  @Override
  public void lost(Gap.Cause cause) {}

  @Override
  public void probed(String refusal) {
    metrics
        .bridges()
        .reportCommands(refusal.isEmpty() ? "" : "Redis refuses PING: " + Rights.shown(refusal));
  }

  @Override
  public void refused(RefusalReason reason, String why) {
    metrics.redisRefused(reason.label());
    RedisLink refused = link;
    if (refused != null && !refused.connected()) {
      metrics.bridges().reportCommands(refused.fault());
    }
  }

  @Override
  public void received(Response response) {}
}
