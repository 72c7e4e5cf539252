package luna.sender.bridge;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Gap;
import luna.sender.metrics.Metrics;
import luna.sender.testing.SlotMove;
import luna.sender.testing.TestCluster;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests that commands reach the right master of a real Cluster, in their order. */
final class ClusterCommandsIT {
  private static TestCluster cluster;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final Listener listener = new Listener();
  private Metrics metrics;
  private CommandLink link;

  /** Records what the link reports. */
  private static final class Listener implements LinkListener {
    final List<String> reports = new CopyOnWriteArrayList<>();

    @Override
    public void connected() {
      reports.add("connected");
    }

    @Override
    public void lost(Gap.Cause cause) {
      reports.add("lost");
    }

    @Override
    public void rejected(RedisFailureReason reason, String why) {}

    @Override
    public void received(Response response) {}
  }

  @BeforeAll
  static void form() {
    cluster = new TestCluster(1);
  }

  @AfterAll
  static void dissolve() {
    cluster.close();
  }

  @BeforeEach
  void start() {
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "REDIS_DB_ADDRESS__CLUSTER__NODES",
                cluster.addresses(),
                "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX",
                "0.2"));
    metrics = new Metrics(config.influx(), config.metrics());
    link =
        CommandLink.of(
            vertx, metrics.guard(), config.redis(), "test", metrics.gaps().clock(), listener);
    await(
        run(
            () -> {
              link.start();
              return Future.succeededFuture();
            }));
    until("all masters are connected", () -> listener.reports.contains("connected"));
  }

  @AfterEach
  void stop() {
    await(
        run(
            () -> {
              link.stop();
              return Future.succeededFuture();
            }));
    await(vertx.close());
    metrics.close();
  }

  /** Runs on the event loop of the link. */
  private <T> Future<T> run(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(now -> action.get().onComplete(done));
    return done.future();
  }

  private Response send(Command command, String... arguments) {
    Request request = Request.cmd(command);
    List.of(arguments).forEach(request::arg);
    return await(run(() -> link.send(request)));
  }

  private static Request push(String key, int number) {
    return Request.cmd(Command.RPUSH).arg(key).arg(number);
  }

  /** Returns the elements of a list. */
  private List<Integer> numbers(String key) {
    return StreamSupport.stream(send(Command.LRANGE, key, "0", "-1").spliterator(), false)
        .map(Response::toInteger)
        .toList();
  }

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void eachCommandIsExecutedByTheMasterOfItsKey() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      requests.add(Request.cmd(Command.SET).arg("key-" + i).arg(i));
    }
    assertThat(await(run(() -> link.batch(requests)))).hasSize(50);
    for (int i = 0; i < 50; i++) {
      assertThat(cluster.masterOf("key-" + i).command("GET", "key-" + i).toInteger()).isEqualTo(i);
    }
    assertThat(link.masters()).hasSize(3);
  }

  @Test
  void scriptIsLoadedByAllMasters() {
    String digest = send(Command.SCRIPT, "LOAD", "return redis.call('GET', KEYS[1])").toString();
    for (TestRedis master : cluster.masters()) {
      assertThat(master.command("SCRIPT", "EXISTS", digest).get(0).toInteger()).isEqualTo(1);
    }
    for (int i = 0; i < 10; i++) {
      String key = "script-" + i;
      cluster.masterOf(key).command("SET", key, key);
      assertThat(send(Command.EVALSHA, digest, "1", key)).hasToString(key);
      assertThat(send(Command.MEMORY, "USAGE", key).toInteger()).isPositive();
    }
  }

  /** Pushes numbers to two lists of a slot until it has moved there and back. */
  @Test
  void commandsKeepTheirOrderWhileTheirSlotMoves() {
    TestRedis from = cluster.masterOf("{moved}");
    TestRedis to = cluster.masters().stream().filter(each -> each != from).findFirst().get();
    List<Future<Response>> pushed = Collections.synchronizedList(new ArrayList<>());
    AtomicBoolean ended = new AtomicBoolean();
    Promise<Integer> count = Promise.promise();
    context.runOnContext(now -> pushUntil(ended, pushed, count));
    until("many are pushed", () -> pushed.size() > 1000);
    for (int i = 0; i < 3; i++) {
      move(new SlotMove(cluster, "{moved}", from, to), pushed);
      move(new SlotMove(cluster, "{moved}", to, from), pushed);
    }
    ended.set(true);
    int rounds = await(count.future());
    await(Future.all(List.copyOf(pushed)));
    assertThat(numbers("{moved}:1")).isEqualTo(upTo(rounds));
    assertThat(numbers("{moved}:2")).isEqualTo(upTo(rounds));
    assertThat(listener.reports).containsExactly("connected");
  }

  /** Moves the slot in steps, with pushed numbers between all of them. */
  private static void move(SlotMove move, List<Future<Response>> pushed) {
    more(pushed);
    move.begin();
    more(pushed);
    while (move.moveKey()) {
      more(pushed);
    }
    more(pushed);
    move.end();
    more(pushed);
  }

  private static void more(List<Future<Response>> pushed) {
    int before = pushed.size();
    until("more are pushed", () -> pushed.size() > before + 100);
  }

  private void pushUntil(
      AtomicBoolean ended, List<Future<Response>> pushed, Promise<Integer> count) {
    int[] round = {0};
    vertx.setPeriodic(
        1,
        timer -> {
          for (int i = 0; i < 3; i++) {
            pushed.add(link.send(push("{moved}:1", round[0])));
            pushed.add(link.send(push("{moved}:2", round[0])));
            round[0]++;
          }
          if (ended.get()) {
            vertx.cancelTimer(timer);
            count.complete(round[0]);
          }
        });
  }

  /** With two keys, the old master answers TRYAGAIN while it has only one of them. */
  @Test
  void scriptOfTwoKeysWaitsUntilBothAreMoved() {
    TestRedis from = cluster.masterOf("{script}");
    TestRedis to = cluster.masters().stream().filter(each -> each != from).findFirst().get();
    from.command("SET", "{script}:1", "0");
    from.command("SET", "{script}:2", "0");
    String text = "redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])";
    String digest = send(Command.SCRIPT, "LOAD", text).toString();
    SlotMove move = new SlotMove(cluster, "{script}", from, to);
    move.begin();
    move.moveKey();
    Request call =
        Request.cmd(Command.EVALSHA).arg(digest).arg(2).arg("{script}:1").arg("{script}:2");
    Future<Response> first = run(() -> link.send(call));
    move.moveKey();
    assertThat(await(first).toInteger()).isEqualTo(1);
    assertThat(await(run(() -> link.send(call))).toInteger()).isEqualTo(2);
    move.end();
    assertThat(await(run(() -> link.send(call))).toInteger()).isEqualTo(3);
    new SlotMove(cluster, "{script}", to, from).run();
  }

  @Test
  void commandForASlotThatNeverSettlesFails() {
    TestRedis from = cluster.masterOf("{half}");
    TestRedis to = cluster.masters().stream().filter(each -> each != from).findFirst().get();
    from.command("SET", "{half}:1", "0");
    from.command("SET", "{half}:2", "0");
    SlotMove move = new SlotMove(cluster, "{half}", from, to);
    move.begin();
    move.moveKey();
    assertThat(catchThrowable(() -> send(Command.MGET, "{half}:1", "{half}:2")))
        .hasMessageContaining("no answer within the timeout: redirected");
    move.moveKeys();
    move.end();
    assertThat(send(Command.MGET, "{half}:1", "{half}:2")).hasSize(2);
    new SlotMove(cluster, "{half}", to, from).run();
  }
}
