package luna.sender.testing;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;

/**
 * A service that a test starts with its own Redis, for tests of the connection between them.
 *
 * <p>Owner: one test thread.
 */
public final class StartedSender implements AutoCloseable {
  private final Sender sender;

  private StartedSender(Sender sender) {
    this.sender = sender;
  }

  /**
   * Starts it without waiting for Redis.
   *
   * @param settings as {@code SECTION__KEY}; they override the defaults of this class
   */
  public static StartedSender start(TestRedis redis, Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.putAll(settings);
    return new StartedSender(await(Sender.start(ConfigLoader.load(null, environment))));
  }

  public int port() {
    return sender.port();
  }

  public int bridgesReady() {
    return sender.metrics().redis().bridges().ready();
  }

  /** Waits for Redis, and opens a client that has received an event with this id. */
  public TestSocket openAndDeliver(TestRedis redis, String account, String eventId) {
    until("Redis is connected", () -> bridgesReady() == 1);
    TestSocket socket = TestSocket.open(port(), account, "");
    redis.publish(account, payload(event(eventId)));
    assertThat(socket.nextEventId()).isEqualTo(eventId);
    return socket;
  }

  @Override
  public void close() {
    await(sender.stop());
  }
}
