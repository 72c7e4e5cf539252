package luna.sender.bridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
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
 * Serves {@link BusAddresses#HEALTH} with a round trip to Redis, and {@link BusAddresses#PUBLISH}
 * and {@link BusAddresses#PUBLISH_PAYLOAD} with a PUBLISH. It has its own connection, because the
 * connection of a bridge only carries subscriptions.
 *
 * <p>Units: the reply to {@code HEALTH} is the duration of the round trip in nanoseconds.
 *
 * <p>Errors: the request fails with the error of Redis or the network. The code is {@link
 * #REJECTED} if it is an error of Redis.
 *
 * <p>Owner: confined to its event loop.
 */
public final class RedisCommands extends VerticleBase implements LinkListener {
  /** Failure code: Redis answered the command with an error. */
  static final int REJECTED = 1;

  private static final String CONNECTION = "commands";

  /** How many payloads may be published at once; each has a connection of its own. */
  private static final int MAX_PUBLISHING = 8;

  private final RedisAddress address;
  private final Metrics metrics;
  private @Nullable RedisLink link;
  private int publishing;

  public RedisCommands(RedisAddress address, Metrics metrics) {
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
            CONNECTION,
            metrics.gaps().clock(),
            this);
    link = started;
    guard.consumer(
        vertx, GuardedTask.REDIS_COMMAND, BusAddresses.HEALTH, request -> check(started, request));
    guard.<String>consumer(
        vertx, GuardedTask.REDIS_COMMAND, BusAddresses.PUBLISH, text -> publish(started, text));
    guard.<Buffer>consumer(
        vertx, GuardedTask.REDIS_COMMAND, BusAddresses.PUBLISH_PAYLOAD, this::publishPayload);
    metrics.redis().bridges().connecting(CONNECTION);
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
        .onFailure(failure -> fail(message, failure));
  }

  /**
   * Publishes a payload over a connection of its own, which goes to the server of the account's
   * channel. Payloads are published like this only in tests, so it need not be fast.
   */
  private void publishPayload(Message<Buffer> message) {
    if (publishing == MAX_PUBLISHING) {
      message.fail(0, "too many payloads are being published");
      return;
    }
    publishing++;
    RedisPublisher publisher = new RedisPublisher(vertx, address, message.headers().get("account"));
    publisher
        .start()
        .compose(connected -> publisher.publish(message.body().getBytes()))
        .eventually(publisher::stop)
        .timeout(address.commandTimeout().multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)
        .onComplete(ended -> publishing--)
        .onSuccess(message::reply)
        .onFailure(failure -> fail(message, failure));
  }

  private static void fail(Message<?> message, Throwable failure) {
    message.fail(RedisErrors.isAnswer(failure) ? REJECTED : 0, RedisErrors.text(failure));
  }

  @Override
  public void connected() {
    metrics.redis().bridges().attempted(CONNECTION);
    metrics.redis().bridges().reportCommands("");
  }

  @Override
  public void lost(Gap.Cause cause) {}

  @Override
  public void probed(String rejection) {
    metrics
        .redis()
        .bridges()
        .reportCommands(
            rejection.isEmpty()
                ? ""
                : "Redis rejects PING: " + CommandPermissions.excerpt(rejection));
  }

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
    metrics.redis().bridges().attempted(CONNECTION);
    RedisLink rejected = link;
    if (rejected != null && !rejected.connected()) {
      metrics.redis().bridges().reportCommands(rejected.fault());
    }
  }

  @Override
  public void received(Response response) {}
}
