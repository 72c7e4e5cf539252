package luna.sender.event;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * A codec that passes the same instance of an immutable object to every consumer.
 *
 * <p>Errors: encoding for another node throws. No message leaves the process, because every node
 * subscribes to Redis itself.
 */
public final class IdentityCodec<T> implements MessageCodec<T, T> {
  private final String name;

  IdentityCodec(Class<T> type) {
    name = "luna." + type.getSimpleName();
  }

  /** Registers the codecs of this package with the event bus; call it once per Vertx. */
  public static void register(Vertx vertx) {
    vertx.eventBus().registerDefaultCodec(Event.class, new IdentityCodec<>(Event.class));
    vertx.eventBus().registerDefaultCodec(Gap.class, new IdentityCodec<>(Gap.class));
    vertx.eventBus().registerDefaultCodec(Healed.class, new IdentityCodec<>(Healed.class));
    vertx.eventBus().registerDefaultCodec(Position.class, new IdentityCodec<>(Position.class));
    vertx
        .eventBus()
        .registerDefaultCodec(Interruption.class, new IdentityCodec<>(Interruption.class));
    vertx
        .eventBus()
        .registerDefaultCodec(
            SubscriptionRequest.class, new IdentityCodec<>(SubscriptionRequest.class));
    vertx
        .eventBus()
        .registerDefaultCodec(
            StoredEventRequest.class, new IdentityCodec<>(StoredEventRequest.class));
    vertx
        .eventBus()
        .registerDefaultCodec(HistoryRequest.class, new IdentityCodec<>(HistoryRequest.class));
    vertx
        .eventBus()
        .registerDefaultCodec(HistoryPage.class, new IdentityCodec<>(HistoryPage.class));
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
