package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state of the recorder in the response of the health check. */
final class RecorderHealthIT {
  private final TestRedis redis = new TestRedis();
  private final List<Sender> senders = new ArrayList<>();
  private final ContractCheck check = new ContractCheck();

  @AfterEach
  void stop() {
    senders.forEach(sender -> await(sender.stop()));
    check.close();
    redis.close();
  }

  private Sender start(String mode, String record) {
    Sender sender =
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
                        Integer.toString(redis.port()),
                        "LUNA_SENDER_HISTORY__MODE",
                        mode,
                        "LUNA_SENDER_HISTORY__RECORD",
                        record))));
    senders.add(sender);
    until("it is ready", sender::isReady);
    return sender;
  }

  /** Returns the response of a node, which is as the contract describes it. */
  private JsonObject health(Sender sender) {
    Answer answer = RawHttp.exchange(sender.port(), get("/healthcheck"));
    check.check("healthcheck", answer);
    assertThat(answer.status()).isEqualTo(200);
    return new JsonObject(answer.text());
  }

  private String state(Sender sender) {
    return health(sender).getJsonObject("recorder").getString("state");
  }

  @Test
  void eachNodeReportsItsRole() {
    Sender leader = start("redis", "1");
    until("it leads", () -> state(leader).equals("leader"));
    Sender standby = start("redis", "1");
    until("it is subscribed", () -> state(standby).equals("standby"));
    assertThat(health(standby).getJsonObject("recorder").getDouble("lag")).isZero();
    assertThat(health(standby).getJsonObject("recorder").containsKey("fault")).isFalse();
    assertThat(state(start("redis", "0"))).isEqualTo("off");
    assertThat(health(start("off", "1")).containsKey("recorder")).isFalse();
    senders.remove(leader);
    await(leader.stop());
    until("the other one leads", () -> state(standby).equals("leader"));
  }

  @Test
  void nodeWhosePatternIsRejectedIsReadyAndReportsTheReason() {
    redis.command("ACL", "SETUSER", "default", "-psubscribe");
    Sender sender = start("redis", "1");
    until(
        "the reason is named",
        () ->
            health(sender)
                .getJsonObject("recorder")
                .getString("fault", "")
                .startsWith("Redis rejects PSUBSCRIBE: NOPERM"));
    assertThat(state(sender)).isEqualTo("not_subscribed");
    assertThat(sender.isReady()).isTrue();
    redis.command("ACL", "SETUSER", "default", "+psubscribe");
    until("it leads", () -> state(sender).equals("leader"));
  }
}
