package luna.sender.event;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * The codec that hands an immutable object to every consumer as the same instance.
 *
 * <p>Errors: encoding for another node throws; nothing here leaves the process, for every node
 * subscribes to Redis itself.
 *
 * <p>Owner: immutable.
 */
public final class LocalCodec<T> implements MessageCodec<T, T> {
  private final String name;

  LocalCodec(Class<T> type) {
    name = "luna." + type.getSimpleName();
  }

  /** Makes the bus of {@code vertx} carry what this package has; once per Vertx. */
  public static void register(Vertx vertx) {
    vertx.eventBus().registerDefaultCodec(Event.class, new LocalCodec<>(Event.class));
    vertx.eventBus().registerDefaultCodec(Gap.class, new LocalCodec<>(Gap.class));
    vertx.eventBus().registerDefaultCodec(Interruption.class, new LocalCodec<>(Interruption.class));
    vertx
        .eventBus()
        .registerDefaultCodec(
            SubscriptionRequest.class, new LocalCodec<>(SubscriptionRequest.class));
    vertx.eventBus().registerDefaultCodec(Recall.class, new LocalCodec<>(Recall.class));
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    throw new IllegalStateException(name + ": on the wire (expected: only local messages)");
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    throw new IllegalStateException(name + ": on the wire (expected: only local messages)");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
