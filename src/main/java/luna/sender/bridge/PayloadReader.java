package luna.sender.bridge;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.List;
import luna.sender.config.RedisAddress;
import luna.sender.event.Addresses;
import luna.sender.event.Event;
import luna.sender.ops.Guard;
import luna.sender.ops.Metrics;
import luna.sender.ops.Work;

/**
 * Reads payloads that do not come from Redis, for whoever wants to know what would become of them.
 *
 * <p>Errors: the request fails with the reason's label as its message.
 *
 * <p>Owner: confined to a worker thread of its own: a payload may take longer than a bridge's event
 * loop, which has events to carry, can wait.
 */
public final class PayloadReader extends VerticleBase {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final PayloadParser parser;
  private final Guard guard;

  public PayloadReader(RedisAddress address, Metrics metrics) {
    guard = metrics.guard();
    parser = new PayloadParser(address.payloadLimitBytes(), true);
  }

  /** On one thread, one payload after the other. */
  public static DeploymentOptions onItsThread() {
    return new DeploymentOptions()
        .setThreadingModel(ThreadingModel.WORKER)
        .setWorkerPoolName("luna-read")
        .setWorkerPoolSize(1);
  }

  @Override
  public Future<?> start() {
    guard.<Buffer>consumer(vertx, Work.READ, Addresses.READ, this::read);
    return Future.succeededFuture();
  }

  private void read(Message<Buffer> message) {
    try {
      List<Event> events =
          parser
              .parse(message.headers().get("account"), message.body().getBytes(), System.nanoTime())
              .events();
      if (events.isEmpty()) {
        message.fail(0, MalformedPayload.Reason.EVENT_NOT_OBJECT.label());
      } else {
        message.reply(events.get(0), LOCAL);
      }
    } catch (MalformedPayload failure) {
      message.fail(0, failure.reason().label());
    }
  }
}
