package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.GuardInjection;
import luna.sender.metrics.GuardedTask;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSentinel;
import luna.sender.testing.TestSocket;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

/**
 * A master is replaced while it lives, and publishers that connected to it before go on publishing
 * there.
 *
 * <p>The tests run concurrently: each has servers of its own, and most of its time is waiting for
 * its Sentinel.
 */
final class FailoverIT {
  private static final String MASTER = "our-master";

  /** Longer than a Sentinel waits before it demotes a master that it has replaced. */
  private static final Duration UNTIL_DEMOTED = Duration.ofSeconds(45);

  private final String account = Service.account();
  private TestRedis old;
  private TestRedis successor;
  private TestSentinel sentinel;
  private Sender sender;

  @BeforeEach
  void start() throws Exception {
    old = new TestRedis();
    successor = new TestRedis("replicaof 127.0.0.1 " + old.port());
    until("the replica follows", () -> replication(old).contains("state=online"));
    sentinel = new TestSentinel(MASTER, old.port());
    until("the replica is known", () -> sentinel.info().contains("slaves=1"));
    sender = startSender();
  }

  private Sender startSender() throws Exception {
    return startSender("3");
  }

  private Sender startSender(String probeTimeout) throws Exception {
    Sender started =
        await(
            Sender.start(
                ConfigLoader.load(
                    null,
                    Map.of(
                        "LUNA_SENDER_HTTP_SETTINGS__PORT",
                        "0",
                        "REDIS_DB_ADDRESS__PROBE_TIMEOUT",
                        probeTimeout,
                        "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX",
                        "0.2",
                        "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME",
                        MASTER,
                        "REDIS_DB_ADDRESS__SENTINEL__SENTINELS",
                        "127.0.0.1:" + sentinel.port()))));
    until("it is ready", () -> started.metrics().redis().bridges().ready() == 1);
    return started;
  }

  @AfterEach
  void stop() throws Exception {
    await(sender.stop());
    sentinel.close();
    successor.close();
    old.close();
  }

  @Test
  @Execution(CONCURRENT)
  void eachEventOfAPlannedFailoverComesOnceInOrderOrIsInAGap() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Publisher stale = new Publisher("stale", false);
    Publisher following = new Publisher("following", true);
    stale.start();
    following.start();
    until("both publish", () -> stale.published.size() > 100 && following.published.size() > 100);
    sentinel.failOver();
    until("the old master is demoted", UNTIL_DEMOTED, () -> stale.isCut);
    int atEnd = following.published.size();
    until("the other one goes on", () -> following.published.size() > atEnd + 100);
    following.end();
    stale.end();

    Delivery delivery = new Delivery(socket);
    delivery.awaitLast(following);
    int afterReplacement = stale.publishedAfter(following.firstMoved);
    // Otherwise nothing was tested.
    assertThat(afterReplacement).isGreaterThan(100);
    List<Published> missing = new ArrayList<>();
    missing.addAll(delivery.missing(stale));
    missing.addAll(delivery.missing(following));
    System.out.printf(
        "planned failover: %d published at the old master after it was replaced; %d missing in"
            + " gaps, %d outside%n",
        afterReplacement,
        missing.stream().filter(delivery::isInGap).count(),
        missing.stream().filter(event -> !delivery.isInGap(event)).count());
    assertThat(missing).allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
    assertThat(delivery.ids).doesNotHaveDuplicates();
    assertThat(delivery.numbers(stale)).isSorted();
    assertThat(delivery.numbers(following)).isSorted();
  }

  /** Its first connection is to the new master, and a publisher stays at the old one. */
  @Test
  @Execution(CONCURRENT)
  void serviceThatStartsBetweenReplacementAndDemotionHasTheEventsOfBoth() throws Exception {
    Publisher stale = startStale();
    sentinel.failOver(); // the old one stays a master for some ten seconds
    Sender late = startSender();
    try {
      TestSocket socket = TestSocket.open(late.port(), account, "gaps=1");
      Instant opened = Instant.now();
      until("the old master is demoted", UNTIL_DEMOTED, () -> stale.isCut);
      publishLast();
      Delivery delivery = new Delivery(socket);
      delivery.awaitId("last");
      assertMostAreDeliveredAndTheOthersAreInGaps(delivery, stale, opened);
      assertThat(delivery.ids).doesNotHaveDuplicates();
      assertThat(delivery.numbers(stale)).isSorted();
    } finally {
      await(late.stop());
    }
  }

  /** Repeated if the Sentinel demotes the old master before it is subscribed again. */
  @Test
  @Execution(CONCURRENT)
  void oldMasterThatCutsTheSubscriptionIsSubscribedAgainUntilItIsDemoted() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Publisher publisher = startStale();
    for (int attempt = 1; !isSubscribedAgainBeforeItsDemotion(publisher); attempt++) {
      assertThat(attempt).as("early demotions").isLessThan(5);
      publisher.end();
      stop();
      start();
      socket = TestSocket.open(sender.port(), account, "gaps=1");
      publisher = startStale();
    }
    Publisher stale = publisher;
    Instant again = Instant.now();
    until("the old master is demoted", UNTIL_DEMOTED, () -> stale.isCut);
    publishLast();
    Delivery delivery = new Delivery(socket);
    delivery.awaitId("last");
    assertMostAreDeliveredAndTheOthersAreInGaps(delivery, stale, again);
    assertThat(delivery.missing(stale))
        .allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
  }

  /** Replaces the old master and cuts its subscription. Returns false if it was demoted first. */
  private boolean isSubscribedAgainBeforeItsDemotion(Publisher stale) throws Exception {
    sentinel.failOver();
    until("the new master is subscribed", () -> subscribersOfSuccessor() > 0);
    try {
      old.command("CLIENT", "KILL", "TYPE", "pubsub");
      until("the old master is subscribed again", () -> stale.isCut || subscribers(old) == 1);
      until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
      return !stale.isCut;
    } catch (Throwable demoted) {
      // A demotion closes the connections.
      until("the publisher is cut", () -> stale.isCut);
      return false;
    }
  }

  /** The Sentinel knows no replica of the new master, as before it has asked the old one. */
  @Test
  @Execution(CONCURRENT)
  void oldMasterThatIsNotListedYetIsAskedWhenItsSubscriptionIsCut() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Publisher stale = startStale();
    replace();
    old.command("CLIENT", "KILL", "TYPE", "pubsub");
    until("the old master is subscribed again", () -> subscribers(old) == 1);
    until("it is ready", () -> sender.metrics().redis().bridges().ready() == 1);
    stale.end();
    publishLast();
    Delivery delivery = new Delivery(socket);
    delivery.awaitId("last");
    delivery.awaitLast(stale);
    assertThat(delivery.missing(stale))
        .isNotEmpty()
        .allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
  }

  /** The connections of the Sentinel and the publisher are older than its password. */
  @Test
  @Execution(CONCURRENT)
  void eventsOfAnOldMasterThatRejectsTheServiceAreInAGap() throws Exception {
    Publisher stale = startStale();
    sentinel.failOver();
    until(
        "the Sentinel has asked the old master",
        () -> {
          String replicas = sentinel.ask("SENTINEL REPLICAS " + MASTER);
          return replicas.contains("\r\n127.0.0.1:" + old.port() + "\r\n")
              && replicas.contains("role-reported\r\n$6\r\nmaster\r\n");
        });
    old.command("CONFIG", "SET", "requirepass", "s3cret");
    Sender late = startSender();
    try {
      TestSocket socket = TestSocket.open(late.port(), account, "gaps=1");
      Instant opened = Instant.now();
      until("the old master is demoted", UNTIL_DEMOTED, () -> stale.isCut);
      until("the gap comes", UNTIL_DEMOTED, () -> socket.waiting() > 0);
      publishLast();
      Delivery delivery = new Delivery(socket);
      delivery.awaitId("last");
      List<Published> after = delivery.missing(stale).stream().filter(since(opened)).toList();
      assertThat(after).hasSizeGreaterThan(100);
      assertThat(after).allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
    } finally {
      await(late.stop());
    }
  }

  /** Its ACL was changed after the new master had copied it. */
  @Test
  void eventsOfAnAccountThatTheOldMasterRefusesAreInAGap() throws Exception {
    replace();
    old.command("ACL", "SETUSER", "default", "-subscribe");
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Instant published = Instant.now();
    assertThat(old.publish(account, payload(event("of the old master")))).isZero();
    // Each needs an answer of the old master, which tells that it has nothing for this connection.
    for (int i = 0; i < 10; i++) {
      successor.publish(account, payload(event("event " + i)));
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
    old.command("REPLICAOF", "127.0.0.1", Integer.toString(successor.port()));
    JsonObject gap = socket.next().getJsonObject("gap");
    assertThat(gap.getString("cause")).isEqualTo("redis_lost");
    assertThat(Instant.parse(gap.getString("from"))).isBefore(published.plusMillis(1));
    assertThat(Instant.parse(gap.getString("to"))).isAfter(published);
  }

  @Test
  void accountThatTheOldMasterRefusesForAWhileIsSubscribedThereAgain() throws Exception {
    replace();
    old.command("ACL", "SETUSER", "default", "-subscribe");
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Instant published = Instant.now();
    assertThat(old.publish(account, payload(event("of the old master")))).isZero();
    old.command("ACL", "SETUSER", "default", "+subscribe");
    JsonObject gap = socket.next().getJsonObject("gap");
    assertThat(gap.getString("cause")).isEqualTo("subscription_lost");
    assertThat(Instant.parse(gap.getString("from"))).isBefore(published.plusMillis(1));
    assertThat(Instant.parse(gap.getString("to"))).isAfter(published);
    old.publish(account, payload(event("after")));
    assertThat(socket.nextEventId()).isEqualTo("after");
  }

  /** A fault delays the handlers until the next tick, and meanwhile the connection ends. */
  @Test
  void newMasterDoesNotWaitForAnOldOneWhoseEndWasMissed() throws Exception {
    GuardInjection injection = new GuardInjection();
    injection.install();
    Sender late;
    try {
      late = startSender();
    } finally {
      injection.uninstall();
    }
    try {
      TestSocket socket = TestSocket.open(late.port(), account, "");
      injection.arm(GuardedTask.REDIS_FORMER, true, 1);
      successor.attempt("REPLICAOF", "NO", "ONE");
      sentinel.name(successor);
      Waiting.condition("the old master is left")
          .pollInterval(Duration.ofMillis(1))
          .until(injection::hasThrown);
      old.command("CLIENT", "KILL", "TYPE", "pubsub");
      until("the old master is subscribed again", () -> subscribers(old) == 1);
      until("it is ready", () -> late.metrics().redis().bridges().ready() == 1);
      // Each event would wait for a second.
      until("an event comes at once", () -> delayOfOneEvent(socket).toMillis() < 500);
    } finally {
      await(late.stop());
    }
  }

  private Duration delayOfOneEvent(TestSocket socket) {
    long published = System.nanoTime();
    successor.publish(account, payload(event("an event")));
    assertThat(socket.nextEventId()).isEqualTo("an event");
    return Duration.ofNanos(System.nanoTime() - published);
  }

  private Publisher startStale() {
    Publisher stale = new Publisher("stale", false);
    stale.start();
    until("it publishes", () -> stale.published.size() > 10);
    return stale;
  }

  private void publishLast() {
    String payload = payload(event("last"));
    assertThat(successor.attempt("PUBLISH", "luna-sender:" + account, payload)).isNotNull();
  }

  private static void assertMostAreDeliveredAndTheOthersAreInGaps(
      Delivery delivery, Publisher publisher, Instant since) {
    List<Published> all = publisher.published.stream().filter(since(since)).toList();
    List<Published> missing = delivery.missing(publisher).stream().filter(since(since)).toList();
    System.out.printf(
        "%d published at the replaced master; %d missing in gaps, %d outside%n",
        all.size(),
        missing.stream().filter(delivery::isInGap).count(),
        missing.stream().filter(event -> !delivery.isInGap(event)).count());
    // Otherwise nothing was tested.
    assertThat(all).hasSizeGreaterThan(100);
    assertThat(missing).hasSizeLessThan(all.size() / 2);
    assertThat(missing).allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
  }

  private static Predicate<Published> since(Instant time) {
    return event -> event.begun.isAfter(time);
  }

  /** A subscription at a replica brings what is published at its master. */
  @Test
  @Execution(CONCURRENT)
  void eventThatTheNewMasterReplicatesToTheOldOneComesOnce() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    replace();
    successor.publish(account, payload(event("both are masters")));
    assertThat(socket.nextEventId()).isEqualTo("both are masters");
    old.command("REPLICAOF", "127.0.0.1", Integer.toString(successor.port()));
    until("the old master follows", () -> replication(old).contains("master_link_status:up"));
    for (int i = 0; i < 100; i++) {
      successor.publish(account, payload(event("event " + i)));
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
    until("the old master is left", () -> subscribers(old) == 0);
    successor.publish(account, payload(event("last")));
    assertThat(socket.nextEventId()).isEqualTo("last");
  }

  /** The Sentinel is wrong, or the replica was promoted and demoted again. */
  @Test
  @Execution(CONCURRENT)
  void eventThatTheOldMasterReplicatesToTheNamedServerComesOnce() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    sentinel.name(successor);
    until("the replica is subscribed", () -> subscribers(successor) == 1);
    for (int i = 0; i < 100; i++) {
      old.publish(account, payload(event("event " + i)));
      assertThat(socket.nextEventId()).isEqualTo("event " + i);
    }
    // Each was delivered over one of two connections; the other one brought it too.
    assertThat(subscribers(old)).isEqualTo(1);
    assertThat(socket.waiting()).isZero();
  }

  @Test
  @Execution(CONCURRENT)
  void accountThatComesBetweenReplacementAndDemotionHasTheEventsOfBoth() throws Exception {
    replace();
    TestSocket socket = TestSocket.open(sender.port(), account, "");
    old.publish(account, payload(event("of the old master")));
    assertThat(socket.nextEventId()).isEqualTo("of the old master");
    successor.publish(account, payload(event("of the new master")));
    assertThat(socket.nextEventId()).isEqualTo("of the new master");
    // Whoever publishes at the old master first and then at the new one is delivered in that order.
    for (int i = 0; i < 200; i++) {
      old.publish(account, payload(event("old " + i)));
      successor.publish(account, payload(event("new " + i)));
      assertThat(socket.nextEventId()).isEqualTo("old " + i);
      assertThat(socket.nextEventId()).isEqualTo("new " + i);
    }
  }

  @Test
  @Execution(CONCURRENT)
  void oldMasterThatIsNamedAgainBringsItsEventsOnce() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    Delivery delivery = new Delivery(socket);
    Publisher stale = startStale();
    replace();
    delivery.awaitGaps(1);
    sentinel.name(old);
    // The handover from the old master ends, and then the new connection is subscribed.
    delivery.awaitGaps(3);
    for (int i = 0; i < 100; i++) {
      old.publish(account, payload(event("event " + i)));
      successor.publish(account, payload(event("other " + i)));
    }
    delivery.awaitId("event 99");
    delivery.awaitId("other 99");
    stale.end();
    delivery.awaitLast(stale);
    assertThat(delivery.ids).doesNotHaveDuplicates();
    assertThat(delivery.numbers("event")).containsExactlyElementsOf(numbersBelow(100));
    assertThat(delivery.numbers("other")).containsExactlyElementsOf(numbersBelow(100));
    assertThat(delivery.numbers(stale)).isSorted();
    assertThat(delivery.missing(stale))
        .allSatisfy(event -> assertThat(delivery.isInGap(event)).isTrue());
  }

  private static List<Integer> numbersBelow(int limit) {
    return IntStream.range(0, limit).boxed().toList();
  }

  @Test
  @Execution(CONCURRENT)
  void oldMasterThatHangsDelaysTheNewOneByASecondAtMostAndIsAGap() throws Exception {
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    replace();
    assertThat(socket.next().getJsonObject("interruption").getString("cause"))
        .isEqualTo("redis_lost");
    assertThat(socket.next().getJsonObject("gap").getString("cause")).isEqualTo("redis_lost");
    signal("STOP");
    try {
      Instant before = Instant.now();
      successor.publish(account, payload(event("of the new master")));
      assertThat(socket.nextEventId()).isEqualTo("of the new master");
      assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofMillis(2500));
      JsonObject gap = socket.next().getJsonObject("gap");
      assertThat(gap.getString("cause")).isEqualTo("redis_silent");
      assertThat(Instant.parse(gap.getString("from"))).isBefore(before.plusSeconds(1));
    } finally {
      signal("CONT");
    }
  }

  /** The check channel has no events, so it is not subscribed on the old master. */
  @Test
  @Execution(CONCURRENT)
  void checkOfTheCommandsIsNoGapWhileTheOldMasterHangs() throws Exception {
    await(sender.stop());
    sender = startSender("60");
    TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1");
    replace();
    assertThat(socket.next().containsKey("interruption")).isTrue();
    assertThat(socket.next().containsKey("gap")).isTrue();
    signal("STOP");
    try {
      long calls = subscribeCalls(successor);
      until("the check channel is subscribed", () -> subscribeCalls(successor) > calls);
      successor.publish(account, payload(event("after the check")));
      assertThat(socket.nextEventId()).isEqualTo("after the check");
    } finally {
      signal("CONT");
    }
  }

  private static long subscribeCalls(TestRedis redis) {
    return redis
        .command("INFO", "commandstats")
        .toString()
        .lines()
        .filter(line -> line.startsWith("cmdstat_subscribe:calls="))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^=]*=([0-9]+),.*", "$1")))
        .sum();
  }

  /** The replica becomes the master, but the former master is not demoted. */
  private void replace() throws Exception {
    successor.attempt("REPLICAOF", "NO", "ONE");
    until(
        "the replica is a master",
        () -> String.valueOf(successor.attempt("INFO", "replication")).contains("role:master"));
    sentinel.name(successor);
    until(
        "the new master is subscribed",
        () -> sender.metrics().redis().bridges().ready() == 1 && canaries(successor) == 1);
  }

  private int subscribers(TestRedis redis) {
    return redis.command("PUBSUB", "NUMSUB", "luna-sender:" + account).get(1).toInteger();
  }

  /** The Sentinel cuts the clients of the server that it promotes. */
  private long subscribersOfSuccessor() {
    Response answer = successor.attempt("PUBSUB", "NUMSUB", "luna-sender:" + account);
    return answer == null ? 0 : answer.get(1).toLong();
  }

  private static int canaries(TestRedis redis) {
    return redis.command("PUBSUB", "CHANNELS", "luna-sender.canary.*").size();
  }

  private static String replication(TestRedis redis) {
    return redis.command("INFO", "replication").toString();
  }

  private void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(old.pid())).start().waitFor();
  }

  /** An event for which Redis answered its publisher. */
  private record Published(String id, Instant begun, Instant answered) {}

  /** Publishes on one connection, to the end, or asks the Sentinel again and again. */
  private final class Publisher extends Thread {
    final String name;
    final boolean follows;
    final List<Published> published = new CopyOnWriteArrayList<>();
    volatile boolean isCut;
    volatile boolean isOver;
    volatile Instant firstMoved = Instant.MAX;

    Publisher(String name, boolean follows) {
      this.name = name;
      this.follows = follows;
    }

    @Override
    public void run() {
      int number = 0;
      while (!isOver) {
        try {
          int port = follows ? named() : old.port();
          try (RedisWriter writer = new RedisWriter(port)) {
            number = publish(writer, port, number);
          }
        } catch (IOException cut) {
          number++;
          if (!follows) {
            isCut = true;
            return;
          }
        }
      }
    }

    private int publish(RedisWriter writer, int port, int first) throws IOException {
      int number = first;
      long look = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
      while (!isOver) {
        String id = name + " " + number;
        Instant begun = Instant.now();
        number++;
        writer.publish("luna-sender:" + account, payload(event(id)));
        published.add(new Published(id, begun, Instant.now()));
        if (port != old.port() && firstMoved.equals(Instant.MAX)) {
          firstMoved = begun;
        }
        if (follows && System.nanoTime() - look > 0) {
          return number;
        }
        LockSupport.parkNanos(5_000_000);
      }
      return number;
    }

    private int named() throws IOException {
      String answer = sentinel.ask("SENTINEL get-master-addr-by-name " + MASTER);
      return answer.contains(Integer.toString(successor.port())) ? successor.port() : old.port();
    }

    int publishedAfter(Instant time) {
      return (int) published.stream().filter(event -> event.begun.isAfter(time)).count();
    }

    void end() throws InterruptedException {
      isOver = true;
      join();
    }
  }

  /** What a client received. */
  private static final class Delivery {
    final TestSocket socket;
    final List<String> ids = new ArrayList<>();
    final List<Instant[]> gaps = new ArrayList<>();

    Delivery(TestSocket socket) {
      this.socket = socket;
    }

    /**
     * Waits for the publisher's last event, or for a gap that covers it: the server can be demoted
     * before the publisher ends.
     */
    void awaitLast(Publisher publisher) {
      Published last = publisher.published.get(publisher.published.size() - 1);
      while (!ids.contains(last.id) && !isInGap(last)) {
        takeNext();
      }
    }

    void awaitId(String last) {
      while (!ids.contains(last)) {
        takeNext();
      }
    }

    void awaitGaps(int count) {
      while (gaps.size() < count) {
        takeNext();
      }
    }

    private void takeNext() {
      JsonObject message = socket.next();
      JsonObject gap = message.getJsonObject("gap");
      if (gap != null) {
        // Whole milliseconds.
        gaps.add(
            new Instant[] {
              Instant.parse(gap.getString("from")).minusMillis(1),
              Instant.parse(gap.getString("to")).plusMillis(1)
            });
      } else if (message.containsKey("event")) {
        ids.add(message.getJsonObject("event").getString("event_id"));
      }
    }

    List<Published> missing(Publisher publisher) {
      Map<String, Boolean> delivered = new HashMap<>();
      ids.forEach(id -> delivered.put(id, true));
      return publisher.published.stream()
          .filter(event -> !delivered.containsKey(event.id))
          .toList();
    }

    boolean isInGap(Published event) {
      return gaps.stream()
          .anyMatch(gap -> !event.begun.isAfter(gap[1]) && !event.answered.isBefore(gap[0]));
    }

    List<Integer> numbers(Publisher publisher) {
      return numbers(publisher.name);
    }

    /** The numbers of the events with this name and a number as their id. */
    List<Integer> numbers(String name) {
      return ids.stream()
          .filter(id -> id.startsWith(name + " "))
          .map(id -> Integer.parseInt(id.substring(name.length() + 1)))
          .toList();
    }
  }
}
