package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import luna.sender.testing.Service;
import luna.sender.testing.TestCollector;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests that a fault at any step of a hub's work costs at most the session or the event that is
 * being processed.
 */
final class FaultIT {
  @RegisterExtension static final FaultInjection INJECTION = new FaultInjection();

  private static final List<Supplier<Throwable>> KINDS =
      List.of(
          () -> new OutOfMemoryError("injected"),
          StackOverflowError::new,
          () -> new AssertionError("injected"),
          () -> new IllegalStateException("injected"));

  /** A fault at these steps loses one event for all of the account's sessions, or for some. */
  private static final Set<Step> OF_AN_EVENT = EnumSet.of(Step.RECEIVE, Step.ADMIT, Step.MATCH);

  /** A fault at these steps closes all sessions that get the event's frame in the same encoding. */
  private static final Set<Step> OF_A_FRAME = EnumSet.of(Step.ENCODE, Step.DEFLATE);

  /** A fault at these steps loses nothing. */
  private static final Set<Step> OF_NOBODY =
      EnumSet.of(Step.SCHEDULE, Step.DEQUEUE, Step.RELEASE, Step.TRACE, Step.SWEEP, Step.END);

  /** These steps are only reached with a client that does not read. */
  private static final Set<Step> OF_A_SLOW_CLIENT = EnumSet.of(Step.BUFFER, Step.DRAIN);

  /** Large, so a few of these fill the socket buffers. */
  private static final String LARGE = "x".repeat(900_000);

  private static final int ROUNDS = 2;

  private static ResourceLeakDetector.Level before;

  @RegisterExtension final TestCollector collector = new TestCollector();

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL=1",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=0",
          "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=1",
          "LUNA_SENDER_TRACING__SAMPLE_RATIO=1",
          "LUNA_SENDER_TRACING__ENDPOINT=" + collector.endpoint());

  private final String theirs = Service.account();
  private final String others = Service.account();
  private final List<Client> clients = new ArrayList<>();

  /** The events of the current round. */
  private final List<String> published = new ArrayList<>();

  private final List<String> publishedToOthers = new ArrayList<>();
  private int events;
  private double closed;

  @BeforeAll
  static void install() {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @AfterAll
  static void uninstall() {
    ResourceLeakDetector.setLevel(before);
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void faultCostsNoOtherSessionAnEvent(Step step) {
    service.expectWarning("Fault caught");
    service.expectWarning("Gap closed");
    service.expectWarning("Redis");
    for (int round = 0; round < ROUNDS; round++) {
      published.clear();
      publishedToOthers.clear();
      TestSocket unconcerned = service.open(others, "");
      open(step);
      fail(step, round);
      publish(3, "");
      publish(1, "");
      for (String id : publishedToOthers) {
        assertThat(unconcerned.nextEventId()).isEqualTo(id);
      }
      check(step);
      unconcerned.close();
      clients.forEach(client -> client.socket.close());
      clients.clear();
      until("all clients are disconnected", () -> service.metric("luna_sender_connections") == 0);
      until("nothing waits", () -> service.metric("luna_sender_queue_bytes") == 0);
      assertThat(service.metric("luna_sender_backlog_bytes")).isZero();
      until("no account is subscribed", () -> service.metric("luna_sender_subscriptions") == 0);
    }
    assertThat(service.metric("luna_sender_faults")).isGreaterThanOrEqualTo(ROUNDS);
    assertThat(service.metric("luna_sender_events_dropped", "reason", "slow")).isZero();
    LeakIT.reportLeaks();
  }

  private void open(Step step) {
    if (OF_A_SLOW_CLIENT.contains(step)) {
      clients.add(new Client("slow", service.open(theirs, "slow=drop_oldest")));
      clients.add(new Client("", service.open(theirs, "")));
      clients.get(0).socket.pause();
      return;
    }
    for (String query :
        List.of("", "stats=1", "slow=drop_oldest", "gaps=1", "gaps=1&stats=1&slow=drop_oldest")) {
      clients.add(new Client(query, service.open(theirs, query)));
      clients.add(new Client("deflating", TestSocket.deflating(service.port(), theirs)));
    }
  }

  /** Reaches the step and injects the fault. */
  private void fail(Step step, int round) {
    // A different session, of a different kind, in each round.
    int nth = 1 + 3 * round;
    switch (step) {
      case GAP -> {
        arm(step, 1, round);
        INJECTION.firstAt(Step.RECEIVE);
        publishUntilThrown("");
      }
      case BUFFER -> {
        arm(step, nth, round);
        publishUntilThrown(LARGE);
        clients.get(0).socket.resume();
      }
      case DRAIN -> {
        arm(step, 1, round);
        double dropped = service.metric("luna_sender_events_dropped", "reason", "drop_oldest");
        until(
            "the client is slow",
            () -> {
              publish(1, LARGE);
              return service.metric("luna_sender_events_dropped", "reason", "drop_oldest")
                  > dropped;
            });
        clients.get(0).socket.resume();
        until(step + " is reached", INJECTION::hasThrown);
      }
      case READ -> {
        arm(step, 1, round);
        clients.get(2 * round).socket.socket().writeTextMessage("hello");
        until(step + " is reached", INJECTION::hasThrown);
      }
      case CLOSE -> {
        arm(step, 1, round);
        clients.get(2 * round).socket.socket().writeTextMessage("x".repeat(5000));
        until(step + " is reached", INJECTION::hasThrown);
      }
      case END -> {
        arm(step, nth, round);
        clients.remove(2 * round).socket.close();
        until(step + " is reached", INJECTION::hasThrown);
      }
      case OPEN -> {
        arm(step, 1, round);
        clients.add(new Client("", service.open(theirs, "")));
        until(step + " is reached", INJECTION::hasThrown);
      }
      default -> {
        arm(step, nth, round);
        publishUntilThrown("");
      }
    }
  }

  private void arm(Step step, int nth, int round) {
    // Over all steps, each kind of fault occurs in each round.
    INJECTION.arm(step, theirs, nth, KINDS.get((2 * round + step.ordinal()) % KINDS.size()));
  }

  private void publishUntilThrown(String image) {
    until(
        "the step is reached",
        () -> {
          publish(image.isEmpty() ? 8 : 1, image);
          return INJECTION.hasThrown();
        });
  }

  private void publish(int count, String image) {
    JsonObject[] batch = new JsonObject[count];
    for (int i = 0; i < count; i++) {
      String id = "event " + events++;
      batch[i] = event(id).put("image", image);
      published.add(id);
    }
    service.redis().publish(theirs, payload(batch));
    String id = "event " + events++;
    publishedToOthers.add(id);
    service.redis().publish(others, payload(event(id)));
  }

  private void check(Step step) {
    int closedNow = 0;
    for (Client client : clients) {
      client.readUpTo(published.get(published.size() - 1));
      if (client.socket.isClosed()) {
        closedNow++;
        assertThat(client.socket.closeCode()).isEqualTo(1011);
      } else if (!client.isSlow(clients, step)) {
        int missing = published.size() - client.ids.size();
        assertThat(missing).isBetween(0, OF_AN_EVENT.contains(step) || step == Step.GAP ? 1 : 0);
        if (client.reported) {
          assertThat(client.lost).isEqualTo(missing);
        }
      }
      // In order, and no events of the other account.
      assertThat(published.stream().filter(client.ids::contains).toList()).isEqualTo(client.ids);
      if (client.socket.isClosed() && step != Step.GAP) {
        assertThat(client.ids).isEqualTo(published.subList(0, client.ids.size()));
      }
    }
    if (OF_NOBODY.contains(step) || OF_AN_EVENT.contains(step)) {
      assertThat(closedNow).isZero();
    } else if (OF_A_FRAME.contains(step)) {
      assertThat(closedNow).isBetween(1, clients.size());
    } else {
      assertThat(closedNow).isOne();
    }
    closed += closedNow;
    until(
        "the closed sessions are counted",
        () -> service.metric("luna_sender_closes", "reason", "internal") >= closed);
    assertThat(service.metric("luna_sender_closes", "reason", "internal")).isEqualTo(closed);
  }

  /** A client and the events that it has received. */
  private static final class Client {
    final String kind;
    final TestSocket socket;
    final List<String> ids = new ArrayList<>();
    boolean reported;
    long lost;

    Client(String kind, TestSocket socket) {
      this.kind = kind;
      this.socket = socket;
    }

    boolean isSlow(List<Client> clients, Step step) {
      return OF_A_SLOW_CLIENT.contains(step) && this == clients.get(0);
    }

    void readUpTo(String last) {
      while (ids.isEmpty() || !ids.get(ids.size() - 1).equals(last)) {
        until(
            kind + " with " + ids + " has all or ends",
            () -> socket.waiting() > 0 || socket.isClosed());
        if (socket.waiting() == 0) {
          return;
        }
        JsonObject message = socket.next();
        if (message.containsKey("gap")) {
          reported = true;
          lost += message.getJsonObject("gap").getLong("dropped");
          assertThat(message.getJsonObject("gap").getString("cause")).isEqualTo("fault");
        } else if (message.containsKey("event")) {
          ids.add(message.getJsonObject("event").getString("event_id"));
        }
      }
    }
  }
}
