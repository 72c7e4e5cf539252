package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.FaultyWire;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that losses before an event reaches this node are recorded, and reported to clients with
 * gaps=1.
 */
final class GapIT {
  private final String account = Service.account();
  private final AtomicBoolean silent = new AtomicBoolean();
  private final TestRedis redis = new TestRedis();

  private static final String MESSAGE = ">3\r\n$7\r\nmessage\r\n";

  private volatile boolean deaf;
  private final AtomicBoolean losesOneCanary = new AtomicBoolean();

  /**
   * Nothing passes while it is silent. While it is deaf, everything except messages passes from
   * Redis.
   */
  private final FaultyWire wire =
      new FaultyWire(
          redis.port(),
          (connection, sent) -> silent.get(),
          reply -> silent.get() || reply.startsWith(MESSAGE) && losesMessage(reply));

  private Sender sender;

  private boolean losesMessage(String message) {
    return deaf || message.contains(".canary.") && losesOneCanary.compareAndSet(true, false);
  }

  @BeforeEach
  void start() {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(wire.port()));
    environment.put("REDIS_DB_ADDRESS__PROBE_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__PROBE_TIMEOUT", "2");
    environment.put("REDIS_DB_ADDRESS__CANARY_INTERVAL", "0.2");
    environment.put("REDIS_DB_ADDRESS__CONNECT_TIMEOUT", "1");
    environment.put("REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX", "0.2");
    sender = Waiting.await(Sender.start(ConfigLoader.load(null, environment)));
    until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
  }

  @AfterEach
  void stop() {
    Waiting.await(sender.stop());
    wire.close();
    redis.close();
  }

  @Test
  void killedRedisCausesAGapBetweenEarlierAndLaterEvents() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    TestSocket plain = TestSocket.open(sender.port(), account, "");
    redis.publish(account, payload(event("before")));
    assertThat(subscriber.nextEventId()).isEqualTo("before");
    assertThat(plain.nextEventId()).isEqualTo("before");
    Instant killed = Instant.now();
    redis.kill();
    // Redis is still down.
    JsonObject interruption = interruption(subscriber);
    redis.restart();
    until("it is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
    Instant restored = Instant.now();
    redis.publish(account, payload(event("after")));
    JsonObject gap = subscriber.next().getJsonObject("gap");
    assertThat(interruption.getString("from")).isEqualTo(gap.getString("from"));
    assertThat(interruption.getString("cause")).isEqualTo(gap.getString("cause"));
    assertThat(Instant.parse(gap.getString("from"))).isBeforeOrEqualTo(killed);
    assertThat(Instant.parse(gap.getString("to"))).isBetween(killed, restored);
    assertThat(gap.getString("cause")).startsWith("redis_");
    assertThat(gap.containsKey("dropped")).isTrue();
    assertThat(gap.getValue("dropped")).isNull();
    assertThat(subscriber.nextEventId()).isEqualTo("after");
    assertThat(plain.nextEventId()).isEqualTo("after");
    assertThat(ledger()).hasSize(1);
    assertThat(ledger().getJsonObject(0).getJsonArray("accounts")).containsExactly(account);
    // A later client has missed nothing.
    TestSocket late = TestSocket.open(sender.port(), account, "gaps=1");
    redis.publish(account, payload(event("later")));
    assertThat(late.nextEventId()).isEqualTo("later");
  }

  /** Packets are dropped without an error, so only a probe detects it. */
  @Test
  void silentNetworkIsDetectedWithinTheDeadline() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    Instant cut = Instant.now();
    silent.set(true);
    redis.publish(account, payload(event("lost")));
    until("the loss is noticed", () -> sender.metrics().redis().bridges().ready() == 0);
    // Interval and timeout, plus a margin for this machine.
    assertThat(Duration.between(cut, Instant.now())).isLessThan(Duration.ofSeconds(15));
    assertThat(interruption(subscriber).getString("cause")).isEqualTo("redis_silent");
    silent.set(false);
    until("it is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
    JsonObject gap = subscriber.next().getJsonObject("gap");
    assertThat(Instant.parse(gap.getString("from"))).isBeforeOrEqualTo(cut);
    assertThat(gap.getString("cause")).isEqualTo("redis_silent");
    redis.publish(account, payload(event("after")));
    assertThat(subscriber.nextEventId()).isEqualTo("after");
  }

  /** Probes are answered, but no message is delivered. */
  @Test
  void connectionWithoutMessagesIsDetectedByTheCanary() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    deaf = true;
    redis.publish(account, payload(event("lost")));
    until("the loss is noticed", () -> sender.metrics().redis().bridges().ready() == 0);
    assertThat(interruption(subscriber).getString("cause")).isEqualTo("canary_lost");
    deaf = false;
    until("it is ready again", () -> sender.metrics().redis().bridges().ready() == 1);
    JsonObject gap = subscriber.next().getJsonObject("gap");
    assertThat(gap.getString("cause")).isEqualTo("canary_lost");
    redis.publish(account, payload(event("after")));
    assertThat(subscriber.nextEventId()).isEqualTo("after");
  }

  /** No canary arrives on the second connection either, so none proves that an event arrived. */
  @Test
  void gapOfARenewedConnectionWithoutMessagesBeginsWithTheConnection() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    deaf = true;
    interruption(subscriber);
    subscriber.next().getJsonObject("gap");
    Instant renewed = Instant.now();
    redis.publish(account, payload(event("lost")));
    JsonObject interruption = interruption(subscriber);
    assertThat(interruption.getString("cause")).isEqualTo("canary_lost");
    assertThat(Instant.parse(interruption.getString("from"))).isBeforeOrEqualTo(renewed);
    deaf = false;
    assertThat(subscriber.next().getJsonObject("gap").getString("from"))
        .isEqualTo(interruption.getString("from"));
  }

  /** Messages arrive in order, so the canaries after it do not replace it. */
  @Test
  void singleLostCanaryIsALoss() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    Instant before = Instant.now();
    losesOneCanary.set(true);
    JsonObject interruption = interruption(subscriber);
    assertThat(interruption.getString("cause")).isEqualTo("canary_lost");
    assertThat(Instant.parse(interruption.getString("from"))).isBeforeOrEqualTo(before);
    assertThat(subscriber.next().getJsonObject("gap").getString("from"))
        .isEqualTo(interruption.getString("from"));
    redis.publish(account, payload(event("after")));
    assertThat(subscriber.nextEventId()).isEqualTo("after");
  }

  @Test
  @Tag("redis-7") // Redis 6.2 keeps the subscriptions of a user who loses channels
  void interruptionOfARefusedAccountEndsWhenItsRightIsRestored() {
    TestSocket subscriber = TestSocket.open(sender.port(), account, "gaps=1");
    redis.command("ACL", "SETUSER", "default", "resetchannels", "&luna-sender.canary.*");
    JsonObject interruption = interruption(subscriber);
    until(
        "it is refused",
        () -> sender.metrics().redis().bridges().subscriptionFault().contains("NOPERM"));
    assertThat(subscriber.waiting()).isZero();
    redis.command("ACL", "SETUSER", "default", "allchannels");
    JsonObject gap = subscriber.next().getJsonObject("gap");
    assertThat(gap.getString("from")).isEqualTo(interruption.getString("from"));
    assertThat(gap.getString("cause")).isEqualTo(interruption.getString("cause"));
    redis.publish(account, payload(event("after")));
    assertThat(subscriber.nextEventId()).isEqualTo("after");
  }

  /**
   * The client reads its queue before it gets the interruption, and it gets the gap in any case.
   */
  @Test
  @Tag("redis-7") // Redis 6.2 keeps the subscriptions of a user who loses channels
  void clientWithQueuedEventsGetsTheInterruptionAfterThem() {
    TestSocket slow = TestSocket.open(sender.port(), account, "gaps=1&slow=drop_oldest");
    slow.pause();
    JsonObject large = event("large").put("image", "x".repeat(900_000));
    until(
        "some are dropped",
        () -> {
          redis.publish(account, payload(large));
          return !sender
              .metrics()
              .scrape()
              .contains("luna_sender_events_dropped_total{reason=\"drop_oldest\"} 0.0");
        });
    redis.command("ACL", "SETUSER", "default", "resetchannels", "&luna-sender.canary.*");
    until(
        "it is refused",
        () -> sender.metrics().redis().bridges().subscriptionFault().contains("NOPERM"));
    slow.resume();
    JsonObject message = slow.next();
    while (!message.containsKey("interruption")) {
      assertThat(message.containsKey("event") || message.encode().contains("slow")).isTrue();
      message = slow.next();
    }
    String cause = message.getJsonObject("interruption").getString("cause");
    assertThat(cause).startsWith("redis_");
    assertThat(slow.waiting()).isZero();
    redis.command("ACL", "SETUSER", "default", "allchannels");
    assertThat(slow.next().getJsonObject("gap").getString("cause")).isEqualTo(cause);
  }

  private static JsonObject interruption(TestSocket socket) {
    JsonObject message = socket.next();
    assertThat(message.fieldNames()).containsExactly("interruption");
    JsonObject interruption = message.getJsonObject("interruption");
    assertThat(interruption.fieldNames()).containsExactly("from", "cause");
    return interruption;
  }

  private JsonArray ledger() {
    var rows = new JsonArray();
    sender
        .metrics()
        .gaps()
        .newest(100)
        .forEach(row -> rows.add(new JsonObject().put("accounts", new JsonArray(row.accounts()))));
    return rows;
  }
}
