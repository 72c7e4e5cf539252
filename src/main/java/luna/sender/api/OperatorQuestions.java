package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.event.BusAddresses;
import luna.sender.metrics.AccountCounters;
import luna.sender.metrics.AccountMetrics;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.socket.AccountState;
import luna.sender.socket.ClientInfo;
import luna.sender.socket.ConnectionFilter;
import luna.sender.socket.ConnectionState;
import luna.sender.socket.Connections;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the questions of operators for this node, also those that another node asks for them.
 *
 * <p>Shape: a question is JSON with the id of the {@code operation} and its parameters. The answer
 * has the elements as in {@code openapi.yaml}: {@code connections}, {@code accounts} or {@code
 * closed}.
 *
 * <p>Errors: as {@link Connections}.
 *
 * <p>Owner: confined to its event loop.
 */
final class OperatorQuestions {
  /** The field of an account with the events per second, which has decimals. */
  static final String RATE = "events_per_second";

  private static final Logger LOG = LoggerFactory.getLogger(OperatorQuestions.class);

  /** All nodes answer at the same time, and the one that asks keeps all answers in memory. */
  private static final int OTHERS_LIMIT_BYTES = 1 << 20;

  private final Vertx vertx;
  private final Connections connections;
  private final Metrics metrics;

  OperatorQuestions(Vertx vertx, Connections connections, Metrics metrics) {
    this.vertx = vertx;
    this.connections = connections;
    this.metrics = metrics;
    if (connections.enabled()) {
      metrics
          .guard()
          .consumer(vertx, GuardedTask.OPERATOR, BusAddresses.NODE_QUESTIONS, this::onQuestion);
    }
  }

  /** Answers a question of another node. */
  private void onQuestion(Message<JsonObject> message) {
    metrics
        .guard()
        .ask(
            GuardedTask.OPERATOR,
            () -> answerAny(message.body()),
            answered -> {
              if (answered.succeeded()) {
                message.reply(
                    OperatorAnswers.limited(answered.result(), "connections", OTHERS_LIMIT_BYTES));
              } else {
                message.fail(0, String.valueOf(answered.cause().getMessage()));
              }
            });
  }

  /** Answers a question that no contract has validated. */
  private Future<JsonObject> answerAny(JsonObject question) {
    try {
      return answer(question);
    } catch (IllegalArgumentException | NullPointerException | ClassCastException invalid) {
      return Future.failedFuture(invalid);
    }
  }

  Future<JsonObject> answer(JsonObject question) {
    String operation = question.getString("operation");
    return switch (operation) {
      case "connections" ->
          connections
              .list(
                  vertx,
                  filter(question),
                  question.getLong("after", 0L),
                  question.getInteger("limit"))
              .map(found -> list("connections", found, this::json));
      case "accounts" ->
          connections
              .accounts(vertx, question.getString("after", ""), question.getInteger("limit"))
              .map(found -> list("accounts", found, each -> json(each, metrics.accounts())));
      case "closeConnection" -> closeConnection(question);
      case "closeAccountConnections" -> {
        String account = question.getString("id");
        log(question, "account");
        yield closed(connections.closeAccount(vertx, account));
      }
      default -> Future.failedFuture("operation: " + operation + " (expected: one of operators)");
    };
  }

  private Future<JsonObject> closeConnection(JsonObject question) {
    String id = question.getString("id");
    if (!isOurs(id)) {
      return closed(Future.succeededFuture(0));
    }
    log(question, "connection");
    return closed(connections.close(vertx, number(id)));
  }

  /** Logs a change before it is made, so that one that fails half way has its line too. */
  private static void log(JsonObject question, String kind) {
    LOG.atInfo()
        .addKeyValue("request_id", question.getString("request_id"))
        .addKeyValue("operator", question.getString("operator"))
        .addKeyValue(kind, question.getString("id"))
        .log("An operator closes connections");
  }

  private static Future<JsonObject> closed(Future<Integer> count) {
    return count.map(closed -> new JsonObject().put("closed", closed));
  }

  /** Returns whether an id that the contract has validated belongs to this process. */
  boolean isOurs(String id) {
    return id.startsWith(connections.node() + "-");
  }

  /** Returns the number of an id that the contract has validated. */
  static long number(String id) {
    return Long.parseLong(id.substring(id.indexOf('-') + 1));
  }

  private static ConnectionFilter filter(JsonObject question) {
    String slow = question.getString("slow");
    return new ConnectionFilter(
        question.getString("account_id"),
        question.getString("address"),
        slow == null ? null : SlowPolicy.valueOf(slow.toUpperCase(Locale.ROOT)),
        question.getLong("queued_bytes__gte", 0L),
        question.getLong("dropped__gte", 0L));
  }

  private static <T> JsonObject list(String name, List<T> found, Function<T, JsonObject> json) {
    JsonArray elements = new JsonArray();
    found.forEach(each -> elements.add(json.apply(each)));
    return new JsonObject().put(name, elements);
  }

  private JsonObject json(ConnectionState state) {
    ClientInfo client = state.client();
    return new JsonObject()
        .put("id", connections.node() + "-" + client.number())
        .put("account_id", state.account())
        .put("address", client.address())
        .put("since", Instant.ofEpochMilli(client.sinceMillis()).toString())
        .put("transport", client.transport().name().toLowerCase(Locale.ROOT))
        .put("filter", client.filter())
        .put("slow", state.slow().toString())
        .put("replays", state.replays())
        .put("queued_bytes", state.queuedBytes())
        .put("queued_events", state.queuedFrames())
        .put("delivered", state.delivered())
        .put("dropped", state.dropped())
        .put("lag", state.lag().toMillis() / 1000.0)
        .put("user_agent", client.userAgent())
        .put("request_id", state.requestId());
  }

  private static JsonObject json(AccountState state, AccountMetrics metrics) {
    JsonObject account =
        new JsonObject()
            .put("account_id", state.account())
            .put("connections", state.connections())
            .put("queued_bytes", state.queuedBytes())
            .put("filter_bytes", state.filterBytes());
    AccountCounters.Sums counts = metrics.sums(state.account());
    if (counts != null) {
      account
          .put("events", counts.events())
          .put(RATE, OperatorAnswers.rounded(metrics.eventsPerSecond(state.account())))
          .put("shed", counts.shed())
          .put("matched", counts.matched())
          .put("delivered", counts.delivered())
          .put("dropped", counts.dropped().values().stream().mapToLong(Long::longValue).sum())
          .put("gaps", counts.gaps());
    }
    return account;
  }
}
