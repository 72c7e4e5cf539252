package luna.sender.api;

import static luna.sender.testing.Waiting.await;

import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.TestToken;
import org.jspecify.annotations.Nullable;

/**
 * A second service that requires tokens; started when it is first used.
 *
 * <p>Owner: one test thread.
 */
public final class GuardedSender implements AutoCloseable {
  static final String SECRET = "a secret of thirty-two bytes or so";

  private @Nullable Sender sender;

  /** Returns its port. It gets events from the Redis on the given port. */
  public int port(int redisPort) {
    if (sender == null) {
      sender =
          await(
              Sender.start(
                  ConfigLoader.load(
                      null,
                      Map.of(
                          "LUNA_SENDER_HTTP_SETTINGS__HOST",
                          "127.0.0.1",
                          "LUNA_SENDER_HTTP_SETTINGS__PORT",
                          "0",
                          "REDIS_DB_ADDRESS__PORT",
                          Integer.toString(redisPort),
                          "LUNA_SENDER_HTTP_SETTINGS__CONSOLE_PUBLISH",
                          "1",
                          "LUNA_SENDER_AUTH__MODE",
                          "jwt",
                          "LUNA_SENDER_AUTH__ALGORITHMS",
                          "HS256",
                          "LUNA_SENDER_AUTH__SECRET",
                          SECRET,
                          "LUNA_SENDER_AUTH__ISSUER",
                          TestToken.ISSUER,
                          "LUNA_SENDER_AUTH__AUDIENCE",
                          TestToken.AUDIENCE))));
    }
    return sender.port();
  }

  @Override
  public void close() {
    if (sender != null) {
      await(sender.stop());
    }
  }
}
