package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.cli.demo.DemoEvents;
import luna.sender.cli.demo.DemoPublisher;
import luna.sender.testing.FreePorts;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The console during restarts and outages, with tokens, and on different screens. */
final class RestartPageIT {
  private static final String SECRET = "a secret of thirty-two bytes or so";

  private final String account = Service.account();
  private final TestRedis redis = new TestRedis();
  private final int port = FreePorts.next();
  private final Page page = new Page();
  private Sender sender = start(Map.of());

  @AfterEach
  void stop() {
    page.close();
    await(sender.stop());
    redis.close();
  }

  @Test
  void pageReconnectsAfterARestartOfTheService() {
    page.open(port, "account_id=" + account).awaitLive();
    redis.publish(account, payload(event("before")));
    until("the event is shown", () -> page.shown().contains("before"));
    await(sender.stop());
    until("the page has noticed it", () -> !"live".equals(page.state()));
    page.assertAccessible("away");
    sender = start(Map.of());
    page.awaitLive();
    redis.publish(account, payload(event("after")));
    until("the next event is shown", () -> page.shown().contains("after"));
    // The gap is in its place in the list.
    assertThat(page.parts("gap")).hasSize(1);
    assertThat(page.shown()).containsExactly("after", "before");
  }

  @Test
  void redisOutageIsShownAsAGap() {
    page.open(port, "account_id=" + account).awaitLive();
    redis.publish(account, payload(event("before")));
    until("the event is shown", () -> page.shown().contains("before"));
    redis.kill();
    until("the interruption is shown", () -> !page.parts("interruption").isEmpty());
    String outage = "Redis unreachable since \\d\\d:\\d\\d:\\d\\d; events are being lost";
    assertThat(page.part("state").getText()).matches(outage);
    assertThat((String) page.run("return document.title")).matches(outage + " – .*");
    page.assertAccessible("interrupted");
    redis.restart();
    until("it is live again", () -> page.part("state").getText().equals("Live"));
    assertThat((String) page.run("return document.title")).isEqualTo("Luna Sender console");
    redis.publish(account, payload(event("after")));
    until("the next event is shown", () -> page.shown().contains("after"));
    assertThat(page.part("gap").getText()).contains("redis");
    assertThat(page.state()).isEqualTo("live");
  }

  @Test
  void tokenIsRequestedAndOpensItsAccount() {
    await(sender.stop());
    sender =
        start(
            Map.of(
                "LUNA_SENDER_AUTH__MODE", "jwt",
                "LUNA_SENDER_AUTH__ALGORITHMS", "HS256",
                "LUNA_SENDER_AUTH__SECRET", SECRET,
                "LUNA_SENDER_AUTH__ISSUER", TestToken.ISSUER,
                "LUNA_SENDER_AUTH__AUDIENCE", TestToken.AUDIENCE));
    page.open(port, "account_id=" + account);
    until("a token is requested", () -> page.part("token").isDisplayed());
    String token = TestToken.of(account).hs256(SECRET);
    page.part("token").sendKeys(token, Keys.ENTER);
    page.awaitLive();
    assertThat(page.url()).doesNotContain(token);
    redis.publish(account, payload(event("one")));
    until("the event is shown", () -> page.shown().equals(List.of("one")));
    page.click(page.part("why"));
    until("it is explained", () -> !page.parts("verdict").isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "360, 740, light",
    "360, 740, dark",
    "768, 1024, light",
    "768, 1024, dark",
    "1440, 900, light",
    "1440, 900, dark",
  })
  void pageFitsEveryScreenAndIsAccessible(int width, int height, String scheme) {
    Vertx vertx = Vertx.vertx();
    DemoPublisher publisher =
        new DemoPublisher(
            vertx, "redis://127.0.0.1:" + redis.port(), "luna-sender", Duration.ofMillis(100));
    await(publisher.start());
    try {
      page.resize(width, height);
      page.prefer(scheme);
      page.open(port, "account_id=" + DemoEvents.FIRST_ACCOUNT).awaitLive();
      until("there is something to see", () -> page.shown().size() >= 12);
      page.shoot("console-" + width + "-" + scheme);
      page.assertFits();
      page.assertAccessible(width + " " + scheme);
      page.assertQuiet();
    } finally {
      await(publisher.stop());
      await(vertx.close());
    }
  }

  private Sender start(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port));
    environment.put("LUNA_SENDER_HTTP_SETTINGS__SHUTDOWN_TIMEOUT", "2");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    Sender started = await(Sender.start(ConfigLoader.load(null, environment)));
    until("it is ready", () -> started.metrics().redis().bridges().ready() == 1);
    return started;
  }
}
