package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.config.HistorySettings;
import luna.sender.event.Position;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The scripts as the leaders of a Cluster call them: with a fence, and without the lease. */
final class FenceIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");
  private static final HistorySettings SETTINGS =
      new HistorySettings(
          HistorySettings.Mode.REDIS,
          Duration.ofHours(1),
          1000,
          true,
          List.of(),
          Duration.ofSeconds(1),
          10);

  private final TestRedis redis = new TestRedis();
  private final Vertx vertx = Vertx.vertx();
  private final RedisConnection connection =
      await(Redis.createClient(vertx, "redis://127.0.0.1:" + redis.port()).connect());
  private final String id = UUID.randomUUID().toString();
  private final ScriptCalls former = leader("100");
  private final RecordedAccount formerAccount = new RecordedAccount(id, KEYS);
  private final ScriptCalls current = leader("101");
  private final RecordedAccount account = new RecordedAccount(id, KEYS);

  FenceIT() {
    for (Script script : Script.values()) {
      await(script.load(connection::send));
    }
  }

  @AfterEach
  void stop() {
    await(vertx.close());
    redis.close();
  }

  private static ScriptCalls leader(String fence) {
    return new ScriptCalls(SETTINGS, "PUBLISH", fence, true);
  }

  private void raise(ScriptCalls leader, RecordedAccount account) {
    await(leader.raiseFence(connection::send, account));
  }

  private Response append(ScriptCalls leader, RecordedAccount account, String text) {
    return call(leader.append(payload(account, text), null));
  }

  private static HeardPayload payload(RecordedAccount account, String text) {
    return new HeardPayload(account, text.getBytes(UTF_8), false, System.nanoTime());
  }

  private Response call(Request request) {
    return await(connection.send(request));
  }

  private List<String> texts() {
    return RecordedStreams.read(redis, id).stream().map(Entry::text).toList();
  }

  @Test
  void formerLeaderAppendsNothingAfterTheFenceIsRaised() {
    raise(former, formerAccount);
    append(former, formerAccount, "1");
    raise(current, account);
    assertThatThrownBy(() -> append(former, formerAccount, "2")).hasMessageContaining("STALE");
    append(current, account, "3");
    assertThat(texts()).containsExactly("1", "3");
  }

  @Test
  void formerLeaderRestoresNothingAfterTheFenceIsRaised() {
    raise(former, formerAccount);
    Position position =
        Objects.requireNonNull(Position.parse(append(former, formerAccount, "1").toString()));
    raise(current, account);
    Position next =
        new Position(
            position.epoch(),
            position.number() + 1,
            position.millis() + 1,
            position.sequence(),
            Position.END);
    assertThatThrownBy(() -> call(former.restore(payload(formerAccount, "2"), next)))
        .hasMessageContaining("STALE");
    call(current.restore(payload(account, "2"), next));
    assertThat(texts()).containsExactly("1", "2");
  }

  @Test
  void formerLeaderCannotRaiseTheFence() {
    raise(current, account);
    assertThatThrownBy(() -> raise(former, formerAccount))
        .satisfies(failure -> assertThat(Script.fence(failure)).isEqualTo(101));
  }

  @Test
  void callThatRunsTooLateOrTwiceAppendsNothing() {
    raise(current, account);
    Request first = current.append(payload(account, "1"), null);
    Request second = current.append(payload(account, "2"), null);
    assertThatThrownBy(() -> call(second)).hasMessageContaining("STALE");
    call(first);
    assertThatThrownBy(() -> call(first)).hasMessageContaining("STALE");
    call(second);
    assertThat(texts()).containsExactly("1", "2");
  }

  @Test
  void leaderThatRaisesItsFenceAgainInvalidatesItsEarlierCalls() {
    raise(current, account);
    Request late = current.append(payload(account, "1"), null);
    raise(current, account);
    assertThatThrownBy(() -> call(late)).hasMessageContaining("STALE");
    append(current, account, "2");
    assertThat(texts()).containsExactly("2");
  }

  @Test
  void leaderAppendsNothingIfRedisHasLostTheFence() {
    raise(current, account);
    redis.command("DEL", KEYS.state(id));
    assertThatThrownBy(() -> append(current, account, "1")).hasMessageContaining("STALE");
  }

  @Test
  void publishersNeedNoFence() {
    raise(current, account);
    try (HistoryPublisher publisher = new HistoryPublisher(redis.port())) {
      publisher.append(id, "1");
      append(current, account, "2");
      publisher.append(id, "3");
      append(current, account, "4");
    }
    assertThat(texts()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void eachAcquisitionHasAGreaterFence() {
    RecorderLease first = lease();
    await(first.acquire(""));
    long fence = Long.parseLong(first.token());
    await(first.renew(""));
    assertThat(first.token()).isEqualTo(Long.toString(fence));
    await(first.release(""));
    redis.command("SET", KEYS.fence(), Long.toString(fence + 1_000_000));
    RecorderLease second = lease();
    await(second.acquire(""));
    assertThat(second.token()).isEqualTo(Long.toString(fence + 1_000_001));
  }

  @Test
  void fenceOfARecorderExceedsTheOneThatItHasSeen() {
    RecorderLease lease = lease();
    await(lease.acquire(""));
    long seen = Long.parseLong(lease.token()) + 1_000_000;
    lease.exceed(seen);
    await(lease.acquire(""));
    assertThat(lease.token()).isEqualTo(Long.toString(seen + 1));
  }

  private RecorderLease lease() {
    return new RecorderLease(connection::send, KEYS, SETTINGS, new ServerClock(), true);
  }
}
