package luna.sender.metrics;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import luna.sender.testing.Deliveries;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestInflux;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * After a fault in any background work, events are delivered or are in a gap, and what the service
 * does again and again it does again: it reconnects to Redis, probes, subscribes, writes points,
 * answers.
 */
final class FaultGuardIT {
  /**
   * These need another surrounding; see {@link FaultGuardSurroundingsIT}, {@code
   * bridge.history.RecorderFaultIT} and {@code bridge.history.HistoryReaderFaultIT}.
   */
  static final Set<GuardedTask> ELSEWHERE =
      EnumSet.of(
          GuardedTask.REDIS_FORMER,
          GuardedTask.REDIS_SLOTS,
          GuardedTask.RECORDER,
          GuardedTask.HISTORY_READ,
          GuardedTask.TLS_CHECK,
          GuardedTask.KEYS_FETCH,
          GuardedTask.KEYS_TICK,
          GuardedTask.KEY_FILES_CHECK);

  /** Timers of a day and of half a day, one of a stop, and what no guard has run. */
  static final Set<GuardedTask> NEVER_REACHED =
      EnumSet.of(
          GuardedTask.TLS_EXPIRY, GuardedTask.TLS_TICKETS, GuardedTask.STOP, GuardedTask.UNGUARDED);

  /** At these, Redis has to be lost. */
  private static final Set<GuardedTask> OF_A_LOSS =
      EnumSet.of(
          GuardedTask.REDIS_CONNECT,
          GuardedTask.REDIS_CONNECTED,
          GuardedTask.REDIS_LOST,
          GuardedTask.REDIS_REPORT);

  /** Questions: that they are asked is one step, and what comes of it another. */
  private static final Set<GuardedTask> ONLY_BEFORE =
      EnumSet.of(
          GuardedTask.REDIS_CONNECT,
          GuardedTask.REDIS_SEND,
          GuardedTask.INFLUX_WRITE,
          GuardedTask.WORKERS,
          GuardedTask.HANDSHAKE,
          GuardedTask.OPERATOR);

  private static final GuardInjection INJECTION = new GuardInjection();

  private final TestInflux influx = new TestInflux();

  /** By a name, which may get another address at any time. */
  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1",
          "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=0.3",
          "LUNA_SENDER_WS_SETTINGS__SUBSCRIPTION_LINGER=0",
          "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS=10",
          "LUNA_SENDER_LIMITS__CONNECTIONS_PER_ACCOUNT=2",
          "LUNA_SENDER_ADMIN__TOKENS_FILE=" + OperatorTokensFile.create(),
          "REDIS_DB_ADDRESS__HOST=localhost",
          "REDIS_DB_ADDRESS__PROBE_INTERVAL=0.1",
          "REDIS_DB_ADDRESS__PROBE_TIMEOUT=1",
          "REDIS_DB_ADDRESS__CANARY_INTERVAL=0.1",
          "REDIS_DB_ADDRESS__CONNECT_TIMEOUT=1",
          "REDIS_DB_ADDRESS__RECONNECT_DELAY_MAX=0.2",
          "INFLUX_MONITORING__SEND_DATA_FOR_MONITORING=1",
          "INFLUX_MONITORING__ORGANIZATION=org",
          "INFLUX_MONITORING__BUCKET=events",
          "INFLUX_MONITORING__TOKEN=" + TestInflux.TOKEN,
          "INFLUX_MONITORING__PORT=" + influx.port(),
          "INFLUX_MONITORING__FLUSHING_PERIOD=0.05");

  private final String account = Service.account();
  private final String another = Service.account();

  @BeforeAll
  static void install() {
    INJECTION.install();
  }

  @AfterAll
  static void uninstall() {
    INJECTION.uninstall();
  }

  @AfterEach
  void close() {
    influx.close();
  }

  static Set<GuardedTask> works() {
    Set<GuardedTask> works = EnumSet.allOf(GuardedTask.class);
    works.removeAll(ELSEWHERE);
    works.removeAll(NEVER_REACHED);
    return works;
  }

  @ParameterizedTest
  @MethodSource("works")
  void faultEndsNothing(GuardedTask work) {
    for (String line :
        List.of(
            "Fault caught",
            "Internal error while handling",
            "Gap closed",
            "Redis",
            "InfluxDB",
            "recvAddress")) {
      service.expectWarning(line);
    }
    TestSocket subscriber = service.open(account, "gaps=1");
    TestSocket plain = service.open(account, "");
    Deliveries deliveries = new Deliveries(subscriber);
    int faults = 0;
    // One comes each five seconds only.
    for (int nth : work == GuardedTask.SUBSCRIPTIONS ? new int[] {1} : new int[] {1, 4}) {
      for (boolean before : new boolean[] {true, false}) {
        if (before || !ONLY_BEFORE.contains(work)) {
          INJECTION.arm(work, before, nth);
          reach(work, deliveries);
          faults++;
        }
      }
    }
    deliversAgain(deliveries, plain);
    loseRedis();
    deliversAgain(deliveries, plain);
    subscribesAndGivesUp();
    answersAgain();
    assertThat(service.metric("luna_sender_faults", "step", work.label()))
        .isGreaterThanOrEqualTo(faults);
    subscriber.close();
    plain.close();
    until("all are gone", () -> service.metric("luna_sender_connections") == 0);
    until("nobody is subscribed", () -> service.metric("luna_sender_subscriptions") == 0);
  }

  private void reach(GuardedTask work, Deliveries deliveries) {
    until(
        work + " is reached",
        () -> {
          deliveries.publish(this::publish);
          provoke(work);
          return INJECTION.hasThrown();
        });
  }

  private void provoke(GuardedTask work) {
    if (OF_A_LOSS.contains(work)) {
      loseRedis();
      return;
    }
    switch (work) {
      case REDIS_COMMAND, REDIS_SEND -> service.get("/healthcheck");
      case SUBSCRIPTION_REQUEST, HANDSHAKE -> shake();
      case FIND_EVENT -> explain(new JsonObject().put("event_id", "none"));
      case WORKERS -> explainEvent();
      case HTTP_BODY -> sendHalfABody();
      case OPERATOR ->
          service.get("/accounts", "Authorization", "Bearer " + OperatorTokensFile.READ_TOKEN);
      default -> {
        // It runs again and again.
      }
    }
  }

  /** A handshake of an account that nobody else wants, whatever its answer. */
  private void shake() {
    RawHttp.exchange(service.port(), RawHttp.get("/2/ws", RawHttp.handshake(Service.account())));
  }

  private int explainEvent() {
    return explain(new JsonObject().put("event", event("one")));
  }

  private int explain(JsonObject question) {
    return RawHttp.exchange(
            service.port(),
            RawHttp.post(
                "/2/explain", question.put("filter", "").encode(), "Luna-Account-Id: " + account))
        .status();
  }

  private void sendHalfABody() {
    try (RawHttp http = RawHttp.connect(service.port())) {
      http.send(
          "POST /2/explain HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nLuna-Account-Id: "
              + account
              + "\r\nContent-Length: 100\r\n\r\n{");
      // It is answered, or cut; the place is free in both cases.
      http.statusesUntilTheEnd();
    }
  }

  private void publish(String payload) {
    service.redis().publish(account, payload);
  }

  private void loseRedis() {
    service.redis().kill();
    service.redis().restart();
  }

  private void deliversAgain(Deliveries deliveries, TestSocket plain) {
    service.awaitRedis();
    deliveries.awaitAll(this::publish);
    while (plain.waiting() > 0) {
      plain.next();
    }
    until(
        "an event comes to the other client",
        () -> {
          deliveries.publish(this::publish);
          return plain.waiting() > 0;
        });
    assertThat(plain.isClosed()).isFalse();
  }

  private void subscribesAndGivesUp() {
    try (TestSocket socket = service.open(another, "")) {
      service.redis().publish(another, payload(event("first")));
      assertThat(socket.nextEventId()).isEqualTo("first");
    }
    until("it is given up", () -> service.metric("luna_sender_subscriptions") == 1);
  }

  private void answersAgain() {
    until("it is healthy", () -> service.get("/healthcheck").statusCode() == 200);
    assertThat(explainEvent()).isEqualTo(200);
    int requests = influx.points("requests").size();
    service.get("/version");
    until("points are written", () -> influx.points("requests").size() > requests);
  }
}
