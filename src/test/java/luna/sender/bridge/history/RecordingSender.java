package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestRedis;

/** A service of this process that can be the recorder. */
final class RecordingSender {
  private RecordingSender() {}

  /**
   * Starts it without waiting for Redis.
   *
   * @param settings further settings, as {@code SECTION__KEY}
   */
  static Sender start(Map<String, String> settings) {
    return await(Sender.start(ConfigLoader.load(null, environment(settings))));
  }

  /** Starts it and waits until it is the recorder. */
  static Sender startLeader(Map<String, String> settings) {
    Sender leader = start(settings);
    until("it is the recorder", () -> leads(leader));
    return leader;
  }

  /** Starts a packaged one. */
  static PackagedSender startPackaged(TestRedis redis, Map<String, String> settings)
      throws Exception {
    Map<String, String> environment = environment(settings);
    environment.remove("LUNA_SENDER_HTTP_SETTINGS__PORT");
    return PackagedSender.start(redis, environment, PackagedCommand.FAST_START);
  }

  static boolean leads(Sender sender) {
    return sender.metrics().recorder().leads();
  }

  /** Returns the settings of a service that records, with further ones. */
  static Map<String, String> environment(Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    environment.put("LUNA_SENDER_HISTORY__MODE", "redis");
    environment.put("LUNA_SENDER_HISTORY__MAX_EVENTS", "1000000");
    environment.putAll(settings);
    return environment;
  }
}
